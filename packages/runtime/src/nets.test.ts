import { interpret, type Graph, type GraphNode, type Levels, type Pair, type Parameter } from '@lowbit/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Model } from './model.js';
import { fuse } from './plan/fuse.js';
import { modelOf } from './testing-graphs.js';
import { askedSimd, codedKernel, floatParameter, randomFloats, randomIntegers, unsigned, upTo } from './testing.js';
import { engine } from './wasm/kernels.js';

/** How codes and weights of a net are made. */
interface Bits {
  readonly weights: readonly number[];
  readonly codes: Exclude<Levels, { values: unknown }>;
}

const signed = (bits: number) => upTo(2 ** bits).map((code) => code - 2 ** (bits - 1));

const BITS: Record<string, Bits> = {
  W1A4: { weights: [-1, 1], codes: unsigned(4) },
  W1A1: { weights: [-1, 1], codes: { integers: [0, 1], scale: 0.5 } },
  W2A2: { weights: [-3, -1, 1, 3], codes: unsigned(2) },
  W4A4: { weights: signed(4), codes: unsigned(4) },
  W8A8: { weights: signed(8), codes: { integers: signed(8), scale: 1 / 64 } },
};

/** A residual net as L-SSPQ's: a float stem, blocks of point-wise, shift or window, point-wise, and a classifier. */
function residualNet({ weights, codes }: Bits, widths: readonly number[], withShift: boolean, seed: number): Graph {
  const draw = randomIntegers(seed);
  const parameters: Record<string, Parameter> = {};
  const nodes: GraphNode[] = [];
  const levels = codes.integers.length;
  const plain = { strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], groups: 1 } as const;

  function epilogue(name: string, filters: number, depth: number) {
    const scale = randomFloats(filters, draw(0, 1e6)).map((x) => x / Math.sqrt(depth) / Math.sqrt(levels));
    parameters[`${name}.scale`] = floatParameter([filters], scale);
    parameters[`${name}.bias`] = floatParameter([filters], randomFloats(filters, draw(0, 1e6)));
    return { scale: `${name}.scale`, bias: `${name}.bias` };
  }
  function quantize(name: string, input: string) {
    nodes.push({ name, op: 'quantize', inputs: [input], thresholds: 'thresholds', levels: codes });
    return name;
  }
  function convolve(
    name: string,
    input: string,
    [size, depth, filters]: readonly [number, number, number],
    stride = 1,
  ) {
    parameters[`${name}.kernel`] = codedKernel([size, size, depth, filters], weights, draw(0, 1e6));
    const pads = size === 1 ? plain.pads : ([1, 1, 1, 1] as const);
    const common = { ...plain, strides: [stride, stride] as const, pads, kernel: `${name}.kernel` };
    nodes.push({ name, op: 'conv2d', inputs: [input], ...common, ...epilogue(name, filters, size * size * depth) });
    return name;
  }

  const first = Math.min(...codes.integers) * codes.scale;
  const top = Math.max(...codes.integers) * codes.scale;
  const thresholds = Float32Array.from(
    { length: levels - 1 },
    (_, k) => first + ((k + 0.5) * (top - first)) / (levels - 1),
  );
  parameters['thresholds'] = floatParameter([levels - 1], thresholds);
  parameters['stem.kernel'] = floatParameter([3, 3, 3, widths[0]!], randomFloats(27 * widths[0]!, draw(0, 1e6)));
  nodes.push({
    name: 'stem',
    op: 'conv2d',
    inputs: ['image'],
    ...plain,
    pads: [1, 1, 1, 1],
    kernel: 'stem.kernel',
    ...epilogue('stem', widths[0]!, 9),
  });
  let x = 'stem';
  widths.slice(1).forEach((width, k) => {
    const before = widths[k]!;
    const inner = width * 2 - 3;
    const stride = width === before ? 1 : 2;
    const expanded = quantize(`b${k}.codes`, convolve(`b${k}.expand`, quantize(`b${k}.in`, x), [1, before, inner]));
    let y: string;
    if (withShift) {
      const offsets = Array.from({ length: inner }, (): Pair => [draw(-1, 1), draw(-1, 1)]);
      nodes.push({ name: `b${k}.shift`, op: 'shift', inputs: [expanded], offsets, strides: [stride, stride] });
      y = convolve(`b${k}.project`, `b${k}.shift`, [1, inner, width]);
    } else y = convolve(`b${k}.project`, expanded, [3, inner, width], stride);
    if (stride === 1) {
      nodes.push({ name: `b${k}`, op: 'add', inputs: [x, y] });
      x = `b${k}`;
    } else x = y;
  });
  const width = widths.at(-1)!;
  nodes.push({ name: 'mean', op: 'globalAveragePool', inputs: [quantize('last', x)] });
  parameters['classes'] = floatParameter([width, 10], randomFloats(width * 10, draw(0, 1e6)));
  nodes.push({ name: 'logits', op: 'dense', inputs: ['mean'], kernel: 'classes' });
  return { inputs: [{ name: 'image', shape: [9, 8, 3] }], nodes, outputs: ['logits'], parameters };
}

async function expectSame(graph: Graph, seed: number, threads = 1) {
  const model = await modelOf(graph, threads);
  const [input] = graph.inputs as [(typeof graph.inputs)[0]];
  const image = randomFloats(
    input.shape.reduce((a, b) => a * b, 1),
    seed,
  );
  const results = await model.run({ [input.name]: image });
  const wanted = interpret(graph, { [input.name]: image });
  for (const name of graph.outputs) expect(results[name]).toEqual(wanted[name]!.data);
  model.dispose();
}

describe.each(Object.entries(BITS))('%s', (_, bits) => {
  it.each([true, false])('residual nets, with shifts: %s', async (withShift) => {
    for (const [seed, threads] of [
      [1, 1],
      [2, 1],
      [3, 3],
    ] as const) {
      await expectSame(residualNet(bits, [12, 12, 20, 20, 35], withShift, seed), seed, threads);
    }
  });
});

it('convolutions take along shifts, and what is done to the rows that they make', async () => {
  const graph = residualNet(BITS['W1A4']!, [12, 12], true, 1);
  const model = new Model(graph, await engine(askedSimd));
  const values = new Map(graph.nodes.map(({ name }) => [name, { shape: [], type: BITS['W1A4']!.codes }] as const));
  const ops = fuse(graph, values).map(({ node, after, before }) =>
    [node, ...after, before].flatMap((each) => each?.name ?? []).join(' + '),
  );
  expect(ops).toEqual(['stem + b0.in', 'b0.expand + b0.codes', 'b0.project + b0 + last + b0.shift', 'mean', 'logits']);
  expect(model.outputs).toEqual([{ name: 'logits', shape: [10] }]);
});

it('what somebody else reads too is not taken along', () =>
  fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 40 }), async (seed, chosen) => {
      const graph = residualNet(BITS['W2A2']!, [5, 5, 8], true, seed);
      const other = graph.nodes[chosen % graph.nodes.length]!.name;
      await expectSame({ ...graph, outputs: [...new Set(['logits', other])] }, seed);
    }),
    { numRuns: 25, seed: 3 },
  ));

it('weights of many kinds, codes of many kinds, many sizes', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: -128, max: 127 }), { minLength: 1, maxLength: 20 }),
      fc.uniqueArray(fc.integer({ min: -128, max: 127 }), { minLength: 2, maxLength: 20 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer(),
      async (weights, integers, size, depth, filters, seed) => {
        const draw = randomIntegers(seed);
        const thresholds = Float32Array.from({ length: integers.length - 1 }, () => draw(-200, 200) / 100).sort();
        const graph: Graph = {
          inputs: [{ name: 'x', shape: [4, 5, depth] }],
          nodes: [
            { name: 'codes', op: 'quantize', inputs: ['x'], thresholds: 't', levels: { integers, scale: 1 } },
            {
              ...{ name: 'y', op: 'conv2d', inputs: ['codes'], kernel: 'k', scale: 's', bias: 'b' },
              ...{ strides: [1, 1], dilations: [1, 1], groups: 1, pads: [size - 1, 0, 0, size - 1] },
            },
            { name: 'z', op: 'quantize', inputs: ['y'], thresholds: 't', levels: { integers, scale: 1 } },
          ],
          outputs: ['z'],
          parameters: {
            t: floatParameter([integers.length - 1], thresholds),
            k: codedKernel([size, size, depth, filters], weights.length > 1 ? weights : [weights[0]!, 0], seed),
            s: floatParameter(
              [filters],
              randomFloats(filters, seed).map((x) => x / depth / 1000),
            ),
            b: floatParameter([filters], randomFloats(filters, seed + 1)),
          },
        };
        await expectSame(graph, seed);
      },
    ),
    { numRuns: 60, seed: 4 },
  ));
