import type { CodedLevels, CodedParameter, Graph, GraphNode, Levels, Parameter } from '../graph.js';
import { sizeOf } from '../shapes.js';

/** A source of the same numbers for the same seed: Marsaglia's xorshift32. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A float parameter of this shape with numbers from −1 to 1. */
export function floats(random: (below: number) => number, ...shape: number[]): Parameter {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => random(2001) / 1000 - 1);
  return { kind: 'float32', shape, data };
}

/** A coded parameter of this shape with any codes below `count`. */
export function codes(
  random: (below: number) => number,
  bits: number,
  levels: CodedLevels,
  count: number,
  ...shape: number[]
): CodedParameter {
  const data = Uint8Array.from({ length: sizeOf(shape) }, () => random(count));
  return { kind: 'codes', shape, bits, levels, data };
}

/** Levels 0, 1/n, … 1, and their thresholds. */
export function unitLevels(bits: number): { readonly levels: Levels; readonly thresholds: Parameter } {
  const top = 2 ** bits - 1;
  const integers = Array.from({ length: top + 1 }, (_, code) => code);
  const data = Float32Array.from({ length: top }, (_, code) => (code + 0.5) / top);
  return {
    levels: { integers, scale: Math.fround(1 / top) },
    thresholds: { kind: 'float32', shape: [top], data },
  };
}

/** A small residual net of 1-bit point-wise convolutions, shifts and 4-bit activations, as L-SSPQ is made of. */
export function shiftNet(seed = 1, width = 16, size = 8): Graph {
  const random = randomFrom(seed);
  const { levels, thresholds } = unitLevels(4);
  const ternary = { integers: [-1, 0, 1] };
  const window = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;
  const offsets = Array.from({ length: width }, () => [random(3) - 1, random(3) - 1] as const);
  const quantize = (name: string, input: string): GraphNode => ({
    ...{ name, op: 'quantize', inputs: [input], thresholds: 'act/thresholds', levels },
  });
  return {
    inputs: [{ name: 'image', shape: [size, size, 3] }],
    nodes: [
      {
        ...{ name: 'stem', op: 'conv2d', inputs: ['image'], kernel: 'stem/kernel', bias: 'stem/bias', ...window },
        pads: [1, 1, 1, 1],
      },
      quantize('block/act1', 'stem'),
      {
        ...{ name: 'block/pw1', op: 'conv2d', inputs: ['block/act1'], kernel: 'block/pw1/kernel', ...window },
        ...{ scale: 'block/pw1/scale', bias: 'block/pw1/bias' },
      },
      quantize('block/act2', 'block/pw1'),
      { name: 'block/shift', op: 'shift', inputs: ['block/act2'], offsets, strides: [1, 1] },
      {
        ...{ name: 'block/pw2', op: 'conv2d', inputs: ['block/shift'], kernel: 'block/pw2/kernel', ...window },
        scale: 'block/pw2/scale',
      },
      { name: 'block/add', op: 'add', inputs: ['block/pw2', 'stem'] },
      { name: 'norm', op: 'affine', inputs: ['block/add'], scale: 'norm/scale', bias: 'norm/bias' },
      quantize('act', 'norm'),
      { name: 'pool', op: 'globalAveragePool', inputs: ['act'] },
      { name: 'logits', op: 'dense', inputs: ['pool'], kernel: 'logits/kernel', bias: 'logits/bias' },
    ],
    outputs: ['logits'],
    parameters: {
      'stem/kernel': floats(random, 3, 3, 3, width),
      'stem/bias': floats(random, width),
      'act/thresholds': thresholds,
      'block/pw1/kernel': codes(random, 1, { integers: [-1, 1] }, 2, 1, 1, width, width),
      'block/pw1/scale': floats(random, width),
      'block/pw1/bias': floats(random, width),
      'block/pw2/kernel': codes(random, 2, ternary, 3, 1, 1, width, width),
      'block/pw2/scale': floats(random, 1),
      'norm/scale': floats(random, width),
      'norm/bias': floats(random, width),
      'logits/kernel': floats(random, width, 10),
      'logits/bias': floats(random, 10),
    },
    metadata: { labels: '["0","1"]', 'trained by': 'näme "quoted"' },
  };
}

/**
 * A graph with every op that {@link shiftNet} does not have, and the attributes that files keep in ways of their own.
 */
export function everyOp(seed = 2): Graph {
  const random = randomFrom(seed);
  const { levels, thresholds } = unitLevels(2);
  const book = { values: Float32Array.of(-0.5, -0, 0.25, 1, -1, 0, 0.5, 2), grid: [1, 1, 1, 2] };
  const unary = { op: 'unary', function: 'gelu' } as const;
  const recurrence = {
    op: 'recurrent',
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
    goBackwards: false,
  } as const;
  return {
    inputs: [
      { name: 'image', shape: [6, 6, 4] },
      { name: 'words', shape: [5] },
    ],
    nodes: [
      { name: 'q', op: 'quantize', inputs: ['image'], thresholds: 'thresholds', levels },
      { name: 'shifted', op: 'shift', inputs: ['q'], offsets: [[0, 1], [-300, 0], [1, 1], [0, 0]], strides: [2, 1] }, // prettier-ignore
      { name: 'padded', op: 'pad', inputs: ['shifted'], pads: [0, 0, 3, 0] },
      { name: 'both', op: 'concat', inputs: ['padded', 'q'], axis: 2 },
      { name: 'max', op: 'maxPool', inputs: ['both'], size: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
      { name: 'real', op: 'dequantize', inputs: ['max'] },
      { name: 'active', op: 'activeShift', inputs: ['real'], offsets: 'active/offsets', strides: [1, 1] },
      { name: 'mean', op: 'averagePool', inputs: ['active'], size: [2, 2], strides: [1, 1], pads: [0, 0, 1, 1] },
      { name: 'grid', op: 'quantize', inputs: ['mean'], thresholds: 'thresholds', levels: { values: [-1, -0, 0.5, 7] } }, // prettier-ignore
      {
        ...{ name: 'up', op: 'convTranspose2d', inputs: ['grid'], kernel: 'up/kernel', bias: 'up/bias' },
        ...{ strides: [2, 2], pads: [0, 0, 1, 1], outputShape: [6, 6] },
      },
      {
        ...{ name: 'depthwise', op: 'conv2d', inputs: ['up'], kernel: 'depthwise/kernel', groups: 4 },
        ...{ strides: [1, 1], pads: [2, 2, 2, 2], dilations: [2, 2] },
      },
      { name: 'minus', op: 'subtract', inputs: ['up', 'depthwise'] },
      { name: 'times', op: 'multiply', inputs: ['minus', 'image'] },
      { name: 'most', op: 'maximum', inputs: ['times', 'up'] },
      { name: 'clipped', op: 'clip', inputs: ['most'], min: -6, max: Math.fround(0.1) },
      { name: 'gelu', ...unary, inputs: ['clipped'] },
      { name: 'top', op: 'globalMaxPool', inputs: ['gelu'] },
      { name: 'rows', op: 'reshape', inputs: ['gelu'], shape: [36, 4] },
      { name: 'columns', op: 'transpose', inputs: ['rows'], permutation: [1, 0] },
      { name: 'part', op: 'slice', inputs: ['columns'], begin: [0, 3], size: [4, 5] },
      { name: 'means', op: 'mean', inputs: ['part'], axis: 1 },
      { name: 'vectors', op: 'embedding', inputs: ['words'], table: 'vectors/table', scale: 'vectors/scale' },
      { name: 'norm', op: 'layerNorm', inputs: ['vectors'], epsilon: 1e-5, gamma: 'norm/gamma', beta: 'norm/beta' },
      { name: 'scores', op: 'matMul', inputs: ['norm', 'part'], transposeB: false },
      { name: 'weights', op: 'softmax', inputs: ['scores'] },
      { name: 'back', op: 'matMul', inputs: ['weights', 'part'], transposeB: true },
      {
        ...{ name: 'lstm', ...recurrence, cell: 'lstm', inputs: ['norm'], returnSequences: true },
        ...{ kernel: 'lstm/kernel', recurrentKernel: 'lstm/recurrent', bias: 'lstm/bias', kernelScale: 'lstm/scale' },
      },
      {
        ...{ name: 'gru', ...recurrence, cell: 'gru', inputs: ['lstm'], returnSequences: false, goBackwards: true },
        ...{ kernel: 'gru/kernel', recurrentKernel: 'gru/recurrent' },
      },
    ],
    outputs: ['top', 'means', 'gru'],
    parameters: {
      thresholds,
      'active/offsets': floats(random, 2, 8),
      'up/kernel': codes(random, 8, { integers: [-128, 0, 127] }, 3, 3, 3, 4, 8),
      'up/bias': floats(random, 4),
      'depthwise/kernel': codes(random, 3, book, 4, 3, 3, 1, 4),
      'vectors/table': codes(random, 5, { integers: Array.from({ length: 32 }, (_, i) => i) }, 32, 11, 4),
      'vectors/scale': floats(random, 4),
      'norm/gamma': { kind: 'float32', shape: [4], data: Float32Array.of(NaN, Infinity, -0, 1e-45) },
      'norm/beta': floats(random, 4),
      'lstm/kernel': codes(random, 2, { integers: [-2, -1, 0, 1] }, 4, 4, 12),
      'lstm/recurrent': floats(random, 3, 12),
      'lstm/bias': floats(random, 12),
      'lstm/scale': floats(random, 1),
      'gru/kernel': floats(random, 3, 6),
      'gru/recurrent': floats(random, 2, 6),
    },
  };
}
