import { interpret, UNARY_FUNCTIONS, type GraphNode, type Levels, type Pair, type Parameter } from '@lowbit/graph';
import { expect, it } from 'vitest';
import { Model } from './model.js';
import { askedSimd, codedKernel, floatParameter, randomFloats, randomIntegers } from './testing.js';
import { expectSame, type Parameters, graphOf, ones, coded, codedParameters, codes } from './testing-graphs.js';
import { engine } from './wasm/kernels.js';

const book: Parameter = {
  ...codedKernel([3, 3, 6, 8], [0, 0, 0], 4),
  levels: { values: randomFloats(12, 5), grid: [1, 1, 2, 2] },
};

it('quantize and dequantize', () =>
  expectSame(
    graphOf(
      [[5, 7, 3]],
      [...coded, ...codes.map((x): GraphNode => ({ name: `${x} back`, op: 'dequantize', inputs: [x] }))],
      codedParameters,
    ),
  ));

it('quantize by levels that lie evenly, of any float', async () => {
  const any = Float32Array.from(new Uint8Array(2 * 4 * 4096), (_, k) => (k * 2654435761) >>> 24);
  const x0 = new Float32Array(Uint8Array.from(any).buffer).map((x) => (Number.isNaN(x) ? 0.5 : x));
  for (const [count, scale, shift] of [
    [16, 15, 0],
    [4, 2, 1],
    [256, 64, 0.25],
    [2, 1, 0],
  ] as const) {
    const data = Float32Array.from({ length: count - 1 }, (_, k) => (k + 0.5) / scale - shift);
    x0.set([...data, Infinity, -Infinity, 3e38, -3e38, 0, -0], 8);
    const levels: Levels = { values: Array.from({ length: count }, (_, k) => k / 8) };
    const node: GraphNode = { name: 'y', op: 'quantize', inputs: ['x0'], thresholds: 't', levels };
    await expectSame(graphOf([[4096]], [node], { t: floatParameter([count - 1], data) }), { x0 });
  }
});

it('convolutions of all kinds of values by all kinds of kernels', () => {
  const kernels: Parameters = {
    floats: floatParameter([3, 3, 6, 8], randomFloats(432, 1)),
    ternary: codedKernel([3, 3, 6, 8], [-1, 0, 1], 2),
    book,
    scale: floatParameter([8], randomFloats(8, 6)),
    one: floatParameter([1], Float32Array.of(0.3)),
    bias: floatParameter([8], randomFloats(8, 7)),
  };
  const nodes = ['x0', ...codes].flatMap((x) =>
    ['floats', 'ternary', 'book'].map((kernel, k): GraphNode => {
      const epilogue = [{}, { scale: 'one' }, { scale: 'scale', bias: 'bias' }][k]!;
      return { name: `${x} by ${kernel}`, op: 'conv2d', inputs: [x], ...ones, pads: [1, 0, 1, 2], kernel, ...epilogue };
    }),
  );
  return expectSame(graphOf([[5, 6, 6]], [...coded, ...nodes], { ...codedParameters, ...kernels }));
});

it('a convolution over [width, channels]', () => {
  const node: GraphNode = {
    name: 'y',
    op: 'conv2d',
    inputs: ['x0'],
    ...ones,
    strides: [1, 2],
    pads: [0, 1, 0, 0],
    kernel: 'k',
  };
  return expectSame(graphOf([[9, 3]], [node], { k: floatParameter([1, 4, 3, 5], randomFloats(60, 1)) }));
});

it('transposed convolutions', () => {
  const kernels: Parameters = {
    floats: floatParameter([3, 2, 4, 5], randomFloats(120, 1)),
    ternary: codedKernel([3, 2, 4, 5], [-1, 0, 1], 2),
    scale: floatParameter([4], randomFloats(4, 6)),
    bias: floatParameter([4], randomFloats(4, 7)),
  };
  const nodes = ['x0', ...codes].flatMap((x) =>
    ['floats', 'ternary'].map((kernel): GraphNode => ({
      name: `${x} by ${kernel}`,
      op: 'convTranspose2d',
      inputs: [x],
      kernel,
      strides: [2, 1],
      pads: [1, 0, 1, 1],
      outputShape: [7, 4],
      scale: 'scale',
      bias: 'bias',
    })),
  );
  return expectSame(graphOf([[4, 4, 5]], [...coded, ...nodes], { ...codedParameters, ...kernels }));
});

it('dense layers', () => {
  const kernels: Parameters = {
    floats: floatParameter([21, 9], randomFloats(189, 1)),
    signs: codedKernel([21, 9], [-1, 1], 2),
    grid: { ...codedKernel([21, 9], [0, 0], 4), levels: { values: randomFloats(6, 5), grid: [1, 3] } },
    scale: floatParameter([9], randomFloats(9, 6)),
  };
  const nodes = ['x0', ...codes].flatMap((x) =>
    ['floats', 'signs', 'grid'].map((kernel): GraphNode => ({
      name: `${x} by ${kernel}`,
      op: 'dense',
      inputs: [x],
      kernel,
      scale: 'scale',
    })),
  );
  return Promise.all([
    expectSame(graphOf([[21]], [...coded, ...nodes], { ...codedParameters, ...kernels })),
    expectSame(graphOf([[2, 3, 21]], [...coded, ...nodes], { ...codedParameters, ...kernels })),
  ]);
});

it.each([1, 2])('shifts of stride %i', (stride) => {
  const draw = randomIntegers(3);
  const offsets = Array.from({ length: 5 }, (): Pair => [draw(-2, 2), draw(-2, 2)]);
  const strides = [stride, stride] as const;
  const nodes: GraphNode[] = [
    { name: 'floats', op: 'shift', inputs: ['x0'], offsets, strides },
    { name: 'codes', op: 'shift', inputs: ['by-values'], offsets, strides },
    { name: 'active', op: 'activeShift', inputs: ['x0'], offsets: 'offsets', strides },
    { name: 'between', op: 'activeShift', inputs: ['floats'], offsets: 'halves', strides: [1, 1] },
  ];
  return expectSame(
    graphOf([[5, 6, 5]], [...coded, ...nodes], {
      ...codedParameters,
      offsets: floatParameter([2, 5], randomFloats(10, 8)),
      halves: floatParameter([2, 5], Float32Array.of(0, 1, -1, 0.5, -0.5, 2, 0, 0.25, 0, 1.75)),
    }),
  );
});

it('pools', () => {
  const window = { size: [3, 2], strides: [2, 1], pads: [1, 1, 0, 1] } as const;
  const nodes = ['x0', ...codes].flatMap((x): GraphNode[] => [
    { name: `${x} max`, op: 'maxPool', inputs: [x], ...window },
    { name: `${x} mean`, op: 'averagePool', inputs: [x], ...window },
    { name: `${x} all max`, op: 'globalMaxPool', inputs: [x] },
    { name: `${x} all mean`, op: 'globalAveragePool', inputs: [x] },
  ]);
  return expectSame(graphOf([[6, 5, 19]], [...coded, ...nodes], codedParameters));
});

it('sums, differences, products and maxima, also where sizes of 1 are repeated', () => {
  const pairs = [
    ['x0', 'x0'],
    ['x0', 'x1'],
    ['x1', 'x2'],
    ['x3', 'x0'],
  ];
  const ops = ['add', 'subtract', 'multiply', 'maximum'] as const;
  const nodes = pairs.flatMap((inputs) =>
    ops.map((op): GraphNode => ({ name: `${op} ${inputs.join(' ')}`, op, inputs })),
  );
  return expectSame(graphOf([[4, 3, 5], [5], [4, 1, 1], [1, 3, 1]], nodes));
});

it('functions of each value', async () => {
  const nodes = UNARY_FUNCTIONS.map((name): GraphNode => ({ name, op: 'unary', inputs: ['x0'], function: name }));
  nodes.push({ name: 'clip', op: 'clip', inputs: ['x0'], min: -0.3, max: 1.1 });
  nodes.push({ name: 'affine', op: 'affine', inputs: ['x0'], scale: 'scale', bias: 'bias' });
  nodes.push({ name: 'scaled', op: 'affine', inputs: ['x0'], scale: 'one' });
  const x0 = randomFloats(2 * 1001, 4).map((x, k) => x * 2 ** ((k % 40) - 20));
  x0.set([0, -0, 1e-45, -1e-45, 3.4e38, -3.4e38, Infinity, -Infinity, 88.7, 88.8, -87.3, -103.9, -104.5, 0.5, 1.5]);
  const parameters = {
    scale: floatParameter([1001], randomFloats(1001, 5)),
    bias: floatParameter([1001], randomFloats(1001, 6)),
    one: floatParameter([1], Float32Array.of(-1.7)),
  };
  await expectSame(graphOf([[1001]], nodes, parameters), { x0 });
});

it('over the last axis, and over any', () => {
  const nodes: GraphNode[] = [
    { name: 'softmax', op: 'softmax', inputs: ['x0'] },
    { name: 'norm', op: 'layerNorm', inputs: ['x0'], epsilon: 1e-3 },
    { name: 'norm with all', op: 'layerNorm', inputs: ['x0'], epsilon: 1e-3, gamma: 'gamma', beta: 'beta' },
    ...[0, 1, 2].map((axis): GraphNode => ({ name: `mean ${axis}`, op: 'mean', inputs: ['x0'], axis })),
  ];
  const parameters = { gamma: floatParameter([7], randomFloats(7, 5)), beta: floatParameter([7], randomFloats(7, 6)) };
  return expectSame(graphOf([[3, 5, 7]], nodes, parameters));
});

it('layout', () => {
  const nodes = ['x0', 'by-values'].flatMap((x): GraphNode[] => [
    { name: `${x} reshape`, op: 'reshape', inputs: [x], shape: [6, 10] },
    { name: `${x} transpose`, op: 'transpose', inputs: [x], permutation: [2, 0, 1] },
    { name: `${x} turned`, op: 'transpose', inputs: [`${x} reshape`], permutation: [1, 0] },
    { name: `${x} pad`, op: 'pad', inputs: [x], pads: [1, 0, 2, 3] },
    { name: `${x} slice`, op: 'slice', inputs: [x], begin: [1, 0, 2], size: [2, 4, 3] },
    { name: `${x} concat 0`, op: 'concat', inputs: [x, x], axis: 0 },
    { name: `${x} concat 1`, op: 'concat', inputs: [x, x], axis: 1 },
    { name: `${x} concat 2`, op: 'concat', inputs: [x, `${x} slice 2`], axis: 2 },
  ]);
  for (const x of ['x0', 'by-values']) {
    const at = nodes.findIndex(({ name }) => name === `${x} concat 2`);
    nodes.splice(at, 0, { name: `${x} slice 2`, op: 'slice', inputs: [x], begin: [0, 0, 1], size: [3, 4, 2] });
  }
  return expectSame(graphOf([[3, 4, 5]], [...coded, ...nodes], codedParameters));
});

it('embeddings', async () => {
  const parameters: Parameters = {
    floats: floatParameter([11, 6], randomFloats(66, 1)),
    codes: codedKernel([11, 6], [-1, 0, 1], 2),
    scale: floatParameter([6], randomFloats(6, 3)),
    one: floatParameter([1], Float32Array.of(0.1)),
  };
  const nodes: GraphNode[] = [
    { name: 'floats rows', op: 'embedding', inputs: ['x0'], table: 'floats' },
    { name: 'coded rows', op: 'embedding', inputs: ['x0'], table: 'codes', scale: 'scale' },
    { name: 'scaled', op: 'embedding', inputs: ['x0'], table: 'codes', scale: 'one' },
  ];
  const graph = graphOf([[4]], nodes, parameters);
  await expectSame(graph, { x0: Float32Array.of(0, 10, 5, 5, 1, 2, 3, 0) });
  const model = new Model(graph, await engine(askedSimd));
  for (const wrong of [11, -1, 0.5]) {
    await expect(model.run({ x0: Float32Array.of(0, 1, wrong, 2) })).rejects.toThrow(/number 2 of 'x0' is no row/);
  }
});

it('products of two values', () => {
  const nodes: GraphNode[] = [
    { name: 'floats', op: 'matMul', inputs: ['x0', 'x1'], transposeB: false },
    { name: 'transposed', op: 'matMul', inputs: ['x0', 'x0'], transposeB: true },
    { name: 'codes', op: 'matMul', inputs: ['u4', 'u4'], transposeB: true },
    { name: 'mixed', op: 'matMul', inputs: ['u4', 'x1'], transposeB: false },
    { name: 'by values', op: 'matMul', inputs: ['by-values', 'u4'], transposeB: true },
  ];
  return expectSame(
    graphOf(
      [
        [2, 3, 7],
        [2, 7, 4],
      ],
      [...coded, ...nodes],
      codedParameters,
    ),
  );
});

it('recurrent layers', () => {
  const [steps, features, units] = [5, 6, 7];
  const gates = { simple: 1, lstm: 4, gru: 3 } as const;
  const parameters: Parameters = { ...codedParameters, one: floatParameter([1], Float32Array.of(0.4)) };
  const nodes: GraphNode[] = [];
  for (const cell of ['simple', 'lstm', 'gru'] as const) {
    const width = gates[cell] * units;
    parameters[`${cell} bias`] = floatParameter([width], randomFloats(width, 1));
    parameters[`${cell} scale`] = floatParameter([width], randomFloats(width, 2));
    parameters[`${cell} float kernel`] = floatParameter([features, width], randomFloats(features * width, 3));
    parameters[`${cell} coded kernel`] = codedKernel([features, width], [-1, 0, 1], 4);
    parameters[`${cell} float state`] = floatParameter(
      [units, width],
      randomFloats(units * width, 5).map((x) => x / 4),
    );
    parameters[`${cell} coded state`] = codedKernel([units, width], [-1, 1], 6);
    const common = { op: 'recurrent', cell, activation: 'tanh', recurrentActivation: 'sigmoid' } as const;
    const float = { kernel: `${cell} float kernel`, recurrentKernel: `${cell} float state` };
    const coded = { kernel: `${cell} coded kernel`, recurrentKernel: `${cell} coded state` };
    const scales = { kernelScale: `${cell} scale`, recurrentScale: 'one', bias: `${cell} bias` };
    nodes.push(
      { ...common, ...float, name: `${cell} last`, inputs: ['x0'], returnSequences: false, goBackwards: false },
      {
        ...common,
        ...float,
        bias: `${cell} bias`,
        name: `${cell} back`,
        inputs: ['x0'],
        returnSequences: true,
        goBackwards: true,
      },
      {
        ...common,
        ...coded,
        ...scales,
        name: `${cell} coded`,
        inputs: ['u4'],
        returnSequences: true,
        goBackwards: false,
        recurrentActivation: 'hardSigmoid',
        activation: 'linear',
      },
      {
        ...common,
        ...coded,
        ...scales,
        name: `${cell} by values`,
        inputs: ['by-values'],
        returnSequences: false,
        goBackwards: true,
        activation: 'relu',
      },
    );
  }
  return expectSame(graphOf([[steps, features]], [...coded, ...nodes], parameters));
});

it('an input that is an output, and a value that is reshaped and read twice', async () => {
  const nodes: GraphNode[] = [
    { name: 'flat', op: 'reshape', inputs: ['x0'], shape: [12] },
    { name: 'twice', op: 'add', inputs: ['flat', 'flat'] },
    { name: 'tall', op: 'reshape', inputs: ['twice'], shape: [4, 3] },
  ];
  const graph = { ...graphOf([[3, 4]], nodes), outputs: ['x0', 'tall', 'flat'] };
  await expectSame(graph);
  expect(interpret(graph, { x0: new Float32Array(12) })['tall']!.shape).toEqual([4, 3]);
});
