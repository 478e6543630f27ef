import type { Graph, GraphNode, Levels, Parameter } from '@lowbit/graph';
import { describe, expect, it } from 'vitest';
import { toOnnxQdq, toQonnx } from './index.js';
import { decode, ELEMENT, MODEL, type ModelProto, type NodeProto } from '@lowbit/onnx-proto';

const range = (low: number, high: number) => Array.from({ length: high - low + 1 }, (_, i) => low + i);
const floats = (shape: readonly number[], ...data: number[]): Parameter => ({
  kind: 'float32',
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => data[i % data.length]!),
});
const codes = (shape: readonly number[], bits: number, integers: readonly number[]): Parameter => ({
  ...{ kind: 'codes', shape, bits, levels: { integers } },
  data: Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i % integers.length),
});
const POINT = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;

/** Two convolutions with codes between them and a classifier. */
function net(levels: Levels, thresholds: readonly number[]): Graph {
  return {
    inputs: [{ name: 'image', shape: [4, 6, 3] }],
    nodes: [
      { name: 'stem', op: 'conv2d', inputs: ['image'], kernel: 'stem/kernel', bias: 'stem/bias', ...POINT },
      { name: 'act', op: 'quantize', inputs: ['stem'], thresholds: 'act/thresholds', levels },
      { name: 'conv', op: 'conv2d', inputs: ['act'], kernel: 'conv/kernel', scale: 'conv/scale', ...POINT },
      { name: 'flat', op: 'reshape', inputs: ['conv'], shape: [48] },
      { name: 'logits', op: 'dense', inputs: ['flat'], kernel: 'logits/kernel' },
    ],
    outputs: ['logits'],
    parameters: {
      'stem/kernel': floats([1, 1, 3, 2], 0.5, -0.25),
      'stem/bias': floats([2], 0.1),
      'act/thresholds': floats([thresholds.length], ...thresholds),
      'conv/kernel': codes([1, 1, 2, 2], 1, [-1, 1]),
      'conv/scale': floats([2], 0.125, -0.5),
      'logits/kernel': codes([48, 5], 2, [-1, 0, 1]),
    },
    metadata: { classes: 'a,b', 'trained on': 'nothing' },
  };
}

const TWO_BITS = net({ integers: range(0, 3), scale: 0.25 }, [0.1250000149011612, 0.375, 0.6250000596046448]);

function model(bytes: Uint8Array): Required<ModelProto> & { graph: Required<NonNullable<ModelProto['graph']>> } {
  return decode(MODEL, bytes) as never;
}

const made = (bytes: Uint8Array, name: string): NodeProto =>
  model(bytes).graph.node.find(({ output }) => output!.includes(name))!;
const constant = (bytes: Uint8Array, name: string) =>
  model(bytes).graph.initializer.find((tensor) => tensor.name === name)!;
const numbers = (bytes: Uint8Array, name: string) => [
  ...new Float32Array(new Uint8Array(constant(bytes, name).rawData!).buffer),
];
const ops = (bytes: Uint8Array) => model(bytes).graph.node.map(({ opType }) => opType);
const attribute = (node: NodeProto, name: string) => node.attribute!.find((each) => each.name === name);
const dims = ({ type }: { type?: { tensorType?: { shape?: { dim?: object[] } } } }) => type!.tensorType!.shape!.dim;

describe.each([
  ['QONNX', toQonnx],
  ['QDQ', toOnnxQdq],
] as const)('%s', (_name, write) => {
  it('reads nothing before it is made, and makes each name once', () => {
    const { graph } = model(write(TWO_BITS));
    const known = new Set<string>();
    const define = (name: string) => {
      expect(known).not.toContain(name);
      known.add(name);
    };
    for (const { name } of [...graph.input, ...graph.initializer]) define(name!);
    for (const { input, output } of graph.node) {
      for (const name of input!) expect(known).toContain(name);
      output!.forEach(define);
    }
    for (const { name } of graph.output) expect(known).toContain(name);
  });

  it('keeps the names of nodes, values and parameters, and the metadata', () => {
    const written = model(write(TWO_BITS));
    for (const { name } of TWO_BITS.nodes) expect(made(write(TWO_BITS), name).name).toBe(name);
    expect(made(write(TWO_BITS), 'flat').opType).toBe('Reshape');
    const constants = written.graph.initializer.map(({ name }) => name);
    expect(constants).toEqual(expect.arrayContaining(['stem/kernel', 'stem/bias', 'conv/kernel', 'logits/kernel']));
    expect(written.metadataProps).toEqual([
      { key: 'classes', value: 'a,b' },
      { key: 'trained on', value: 'nothing' },
    ]);
  });

  it('transposes an image once, and back where its order counts', () => {
    const { graph } = model(write(TWO_BITS, { batch: 7 }));
    expect(graph.input.map(({ name }) => name)).toEqual(['image']);
    expect(dims(graph.input[0]!)).toEqual([7, 4, 6, 3].map((dimValue) => ({ dimValue })));
    expect(dims(graph.output[0]!)).toEqual([7, 5].map((dimValue) => ({ dimValue })));
    const transposed = graph.node.filter(({ opType }) => opType === 'Transpose');
    expect(transposed.map((node) => [node.input, attribute(node, 'perm')!.ints])).toEqual([
      [['image'], [0, 3, 1, 2]],
      [['conv'], [0, 2, 3, 1]],
    ]);
  });

  it('takes images with the channels first, and gives them so', () => {
    const nodes = TWO_BITS.nodes.slice(0, 1);
    const graph = { ...TWO_BITS, nodes, outputs: ['stem'] };
    const first = write(graph, { layout: 'nchw' });
    expect(ops(first)).toEqual(expect.not.arrayContaining(['Transpose']));
    expect(dims(model(first).graph.output[0]!)!.slice(1)).toEqual([2, 4, 6].map((dimValue) => ({ dimValue })));
    const last = model(write(graph)).graph;
    expect(dims(last.output[0]!)!.slice(1)).toEqual([4, 6, 2].map((dimValue) => ({ dimValue })));
    expect(last.node.at(-1)).toMatchObject({ opType: 'Transpose', output: ['stem'] });
  });

  it('gives codes as what they stand for', () => {
    const graph = { ...TWO_BITS, nodes: TWO_BITS.nodes.slice(0, 3), outputs: ['act', 'conv'] };
    const { node, output } = model(write(graph, { layout: 'nchw' })).graph;
    expect(output.map(({ name }) => name)).toEqual(['act', 'conv']);
    const [x, factor] = made(write(graph, { layout: 'nchw' }), 'act').input as [string, string];
    expect(numbers(write(graph, { layout: 'nchw' }), factor)).toEqual([0.25]);
    // and goes on with the codes
    expect(node.find(({ opType, input }) => opType === 'Conv' && input!.includes(x))).toBeDefined();
  });

  it('names the node that ONNX cannot say', () => {
    const recurrent: GraphNode = {
      ...{ name: 'memory', op: 'recurrent', inputs: ['x'], cell: 'lstm', kernel: 'k', recurrentKernel: 'r' },
      ...{ activation: 'tanh', recurrentActivation: 'gelu', returnSequences: true, goBackwards: false },
    };
    const parameters = { k: floats([2, 12], 1), r: floats([3, 12], 1) };
    const graph = { inputs: [{ name: 'x', shape: [5, 2] }], nodes: [recurrent], outputs: ['memory'], parameters };
    expect(() => write(graph)).toThrow(
      "the recurrent layers of ONNX lack an activation, in node 'memory' (recurrent), received 'gelu'; " +
        'it has relu, sigmoid, hardSigmoid, tanh, elu, softplus, linear',
    );
  });

  it.each([
    [{ batch: 0 }, "a wrong option 'batch', in the ONNX export, received 0; give a size above 0, or a name"],
    [{ layout: 'chw' }, "a wrong option 'layout', in the ONNX export, received 'chw'; give 'nhwc' or 'nchw'"],
    [{ opset: 9 }, "a wrong option 'opset', in the ONNX export, received 9; there is no such option"],
  ])('refuses the options %j', (options, message) => {
    expect(() => write(TWO_BITS, options as never)).toThrow(message);
  });

  it('refuses a graph that is none', () => {
    expect(() => write({ ...TWO_BITS, outputs: ['nowhere'] })).toThrow(/nowhere/);
  });
});

describe('QONNX', () => {
  const bytes = toQonnx(TWO_BITS);

  it('imports the domain of its ops', () => {
    expect(model(bytes)).toMatchObject({
      irVersion: 8,
      opsetImport: [
        { domain: '', version: 17 },
        { domain: 'qonnx.custom_op.general', version: 1 },
      ],
    });
  });

  it('has integers of their bits between layers', () => {
    const quant = made(bytes, 'act');
    expect(quant).toMatchObject({ opType: 'Quant', domain: 'qonnx.custom_op.general' });
    expect(quant.input!.slice(1).map((name) => numbers(bytes, name))).toEqual([[1], [0], [2]]);
    expect(['signed', 'narrow'].map((name) => attribute(quant, name)!.i)).toEqual([0, 0]);
    const before = made(bytes, quant.input![0]!);
    expect(before.opType).toBe('Mul');
    expect(numbers(bytes, before.input![1]!)).toEqual([4]);
  });

  it('has weights of their bits', () => {
    const conv = model(bytes).graph.node.find(({ opType, input }) => opType === 'Conv' && input![0] === 'act')!;
    const bipolar = made(bytes, conv.input![1]!);
    expect(bipolar).toMatchObject({ opType: 'BipolarQuant', domain: 'qonnx.custom_op.general' });
    expect(constant(bytes, 'conv/kernel').dims).toEqual([2, 2, 1, 1]);
    // [channels, filters] −1 1 / −1 1 became [filters, channels]
    expect(numbers(bytes, 'conv/kernel')).toEqual([-1, -1, 1, 1]);
    expect(made(bytes, 'conv')).toMatchObject({ opType: 'Mul', input: [conv.output![0], 'conv/scale'] });
    expect(constant(bytes, 'conv/scale').dims).toEqual([2, 1, 1]);
    const ternary = model(bytes).graph.node.find(({ input }) => input!.includes('logits/kernel'))!;
    expect(ternary.opType).toBe('Quant');
    expect(numbers(bytes, ternary.input![3]!)).toEqual([2]);
    expect(['signed', 'narrow'].map((name) => attribute(ternary, name)!.i)).toEqual([1, 1]);
  });

  it('has thresholds where no rounding gives them', () => {
    const uneven = toQonnx(net({ integers: range(0, 3), scale: 0.25 }, [0.1, 0.375, 0.625]));
    const node = made(uneven, 'act');
    expect(node).toMatchObject({ opType: 'MultiThreshold', domain: 'qonnx.custom_op.general' });
    expect(numbers(uneven, node.input![1]!)).toEqual([0.1, 0.375, 0.625].map(Math.fround));
    expect(constant(uneven, node.input![1]!).dims).toEqual([1, 3]);
    expect(Buffer.from(attribute(node, 'out_dtype')!.s!).toString()).toBe('UINT2');
  });

  it('has signs, and thresholds with steps and offsets', () => {
    expect(made(toQonnx(net({ integers: [-1, 1], scale: 2 }, [0])), 'act').opType).toBe('BipolarQuant');
    const shifted = made(toQonnx(net({ integers: [-1, 1], scale: 2 }, [0.5])), 'act');
    expect(['out_scale', 'out_bias'].map((name) => attribute(shifted, name)!.f)).toEqual([2, -1]);
    expect(Buffer.from(attribute(shifted, 'out_dtype')!.s!).toString()).toBe('BIPOLAR');
  });

  it('looks up levels that are not even', () => {
    const values = toQonnx(net({ values: [0, 0.5, 4] }, [0.1, 1]));
    expect(made(values, 'act')).toMatchObject({ opType: 'Gather' });
    expect(numbers(values, made(values, 'act').input![0]!)).toEqual([0, 0.5, 4]);
    expect(ops(toQonnx(net({ integers: [1, 2, 4], scale: 1 }, [1.5, 3])))).toContain('Gather');
  });
});

describe('QDQ', () => {
  it('keeps weights in the narrowest integers', () => {
    const bytes = toOnnxQdq(TWO_BITS);
    expect(model(bytes)).toMatchObject({ irVersion: 10, opsetImport: [{ domain: '', version: 21 }] });
    expect(constant(bytes, 'conv/kernel')).toMatchObject({
      dataType: ELEMENT.int4,
      rawData: Uint8Array.of(0xff, 0x11),
    });
    const wide = constant(toOnnxQdq(TWO_BITS, { fewBitWeights: 'int8' }), 'conv/kernel');
    expect(wide).toMatchObject({ dataType: ELEMENT.int8, rawData: Uint8Array.of(255, 255, 1, 1) });
    expect(() => toOnnxQdq(TWO_BITS, { fewBitWeights: 'int2' } as never)).toThrow(/fewBitWeights.*'int4' or 'int8'/);
  });

  it('clips codes of few bits and sends them through 8, as integers', () => {
    const bytes = toOnnxQdq(TWO_BITS);
    const chain = [made(bytes, 'act')];
    while (chain[0]!.opType !== 'Conv') chain.unshift(made(bytes, chain[0]!.input![0]!));
    expect(chain.slice(1).map(({ opType }) => opType)).toEqual(['Mul', 'Clip', 'QuantizeLinear', 'DequantizeLinear']);
    expect(chain[2]!.input!.slice(1).map((name) => numbers(bytes, name))).toEqual([[0], [3]]);
    expect(numbers(bytes, chain[3]!.input![1]!)).toEqual([1]);
    expect(constant(bytes, chain[3]!.input![2]!)).toMatchObject({ dims: [], dataType: ELEMENT.uint8 });
    expect(made(bytes, 'conv')).toMatchObject({ opType: 'Mul' });
  });

  it('sends codes of 8 bits that lie around 0 through uint8 with a zero point, and decodes weights beyond 8 bits', () => {
    const integers = range(-100, 155);
    // halves are rounded to even: an odd integer begins above
    const halves = integers
      .slice(1)
      .map((integer) => [integer - 0.5, integer % 2 === 0 ? 0 : 0.51 * 2 ** -23] as const);
    const wide = net(
      { integers, scale: 1 },
      halves.map(([half, part]) => Math.fround(half + Math.abs(half) * part)),
    );
    const graph = { ...wide, parameters: { ...wide.parameters, 'conv/kernel': codes([1, 1, 2, 2], 2, [-255, -1, 1]) } };
    const bytes = toOnnxQdq(graph);
    const [, , zero] = model(bytes).graph.node.find(({ opType }) => opType === 'QuantizeLinear')!.input!;
    expect(constant(bytes, zero!)).toMatchObject({ dataType: ELEMENT.uint8, rawData: Uint8Array.of(100) });
    expect(constant(bytes, 'conv/kernel').dataType).toBe(ELEMENT.float);
  });

  it('has scales and bias where integer kernels of 8 bits want them', () => {
    const scale = Math.fround(1 / 100);
    const levels = { integers: range(0, 255), scale };
    const thresholds = floats([255], ...range(1, 255).map((code) => (code - 0.5) * scale));
    const graph: Graph = {
      inputs: [{ name: 'x', shape: [4, 6, 2] }],
      nodes: [
        { name: 'a', op: 'quantize', inputs: ['x'], thresholds: 't', levels },
        { name: 'conv', op: 'conv2d', inputs: ['a'], kernel: 'k', scale: 's', bias: 'b', ...POINT },
        { name: 'y', op: 'quantize', inputs: ['conv'], thresholds: 't', levels },
      ],
      outputs: ['y'],
      parameters: {
        t: thresholds,
        k: codes([1, 1, 2, 2], 2, [1, 2]),
        s: floats([2], 0.5 * scale, -2 * scale),
        b: floats([2], 1, 2),
      },
    };
    const bytes = toOnnxQdq(graph, { layout: 'nchw', fewBitWeights: 'int8' });
    expect(ops(bytes)).toEqual([
      ...['QuantizeLinear', 'DequantizeLinear', 'DequantizeLinear', 'Conv', 'QuantizeLinear', 'DequantizeLinear'],
    ]);
    const conv = made(bytes, 'conv');
    expect(conv.input).toEqual(['a', made(bytes, conv.input![1]!).output![0], 'b']);
    expect(numbers(bytes, made(bytes, 'a').input![1]!)).toEqual([scale]);
    // a negative factor is in the integers: scales are above 0
    const weights = made(bytes, conv.input![1]!);
    expect(numbers(bytes, weights.input![1]!)).toEqual([0.5, 2]);
    expect(attribute(weights, 'axis')!.i).toBe(0);
    expect(constant(bytes, 'k')).toMatchObject({ dataType: ELEMENT.int8, rawData: Uint8Array.of(1, 1, 254, 254) });
  });

  it('compares with thresholds where no rounding gives them', () => {
    const bytes = toOnnxQdq(net({ integers: range(0, 3), scale: 0.25 }, [0.1, 0.375, 0.625]));
    expect(ops(bytes)).toEqual(expect.arrayContaining(['GreaterOrEqual', 'ReduceSum', 'Gather']));
    expect(ops(bytes)).not.toContain('QuantizeLinear');
  });
});
