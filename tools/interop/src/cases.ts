import type { CodedLevels, Graph, GraphNode, UnaryFunction } from '@lowbit/graph';
import { graphOf, PLAIN, POINT, randomParameters, range, rounding, SAME, vector } from './graphs.js';

const { floats, codes } = randomParameters(1);
const binary: CodedLevels = { integers: [-1, 1] };
const ternary: CodedLevels = { integers: [-1, 0, 1] };
const fourBits: CodedLevels = { integers: range(-8, 7) };
const { levels, thresholds } = rounding(0, 15, 1 / 15);
const image = [6, 5, 4] as const;

/** Codes of 4 bits of the input, which a node follows. */
function afterCodes(node: GraphNode, parameters: Graph['parameters'] = {}, shape: readonly number[] = image): Graph {
  const quantize: GraphNode = { name: 'codes', op: 'quantize', inputs: ['x'], thresholds: 'thresholds', levels };
  return graphOf(shape, [quantize, node], { ...parameters, thresholds });
}

const unary = (name: UnaryFunction): Graph =>
  graphOf([3, 4], [{ name: 'y', op: 'unary', inputs: ['x'], function: name }]);

/** What every engine must compute as the reference does, but for the rounding of real numbers. */
export const CASES: Readonly<Record<string, Graph>> = {
  conv2d: graphOf(
    image,
    [
      {
        ...{ name: 'y', op: 'conv2d', inputs: ['x'], kernel: 'k', scale: 's', bias: 'b', groups: 2 },
        ...{ strides: [2, 1], pads: [1, 0, 2, 1], dilations: [1, 2] },
      },
    ],
    { k: floats(3, 2, 2, 6), s: floats(6), b: floats(6) },
  ),
  'conv2d, depthwise, scale for all': graphOf(
    image,
    [{ name: 'y', op: 'conv2d', inputs: ['x'], kernel: 'k', scale: 's', ...SAME, groups: 4 }],
    { k: floats(3, 3, 1, 8), s: vector(-0.5) },
  ),
  'conv2d of [width, channels]': graphOf(
    [7, 3],
    [{ name: 'y', op: 'conv2d', inputs: ['x'], kernel: 'k', bias: 'b', ...PLAIN, pads: [0, 2, 0, 1], strides: [1, 2] }],
    { k: floats(1, 3, 3, 4), b: floats(4) },
  ),
  'conv2d of a code book': graphOf(image, [{ name: 'y', op: 'conv2d', inputs: ['x'], kernel: 'k', ...PLAIN }], {
    k: codes({ values: Float32Array.from({ length: 16 }, (_, i) => i / 9 - 1), grid: [1, 1, 2, 2] }, 2, 1, 1, 4, 6),
  }),
  convTranspose2d: graphOf(
    image,
    [
      {
        ...{ name: 'y', op: 'convTranspose2d', inputs: ['x'], kernel: 'k', scale: 's', bias: 'b' },
        ...{ strides: [2, 3], pads: [1, 0, 0, 1], outputShape: [13, 14] },
      },
    ],
    { k: codes(fourBits, 4, 3, 3, 5, 4), s: floats(5), b: floats(5) },
  ),
  dense: graphOf([3, 4], [{ name: 'y', op: 'dense', inputs: ['x'], kernel: 'k', scale: 's', bias: 'b' }], {
    k: codes(ternary, 2, 4, 6),
    s: floats(6),
    b: floats(6),
  }),
  affine: graphOf(image, [{ name: 'y', op: 'affine', inputs: ['x'], scale: 's', bias: 'b' }], {
    s: floats(4),
    b: floats(4),
  }),
  'quantize and dequantize': afterCodes({ name: 'y', op: 'dequantize', inputs: ['codes'] }),
  'quantize to values': graphOf(
    image,
    [{ name: 'y', op: 'quantize', inputs: ['x'], thresholds: 't', levels: { values: [-0.75, 0, 0.25, 1.5] } }],
    { t: vector(-0.5, 0.125, 0.5) },
  ),
  shift: afterCodes({
    ...{ name: 'y', op: 'shift', inputs: ['codes'], strides: [2, 1] },
    offsets: [
      [1, 0],
      [0, -2],
      [-9, 1],
      [-1, 1],
    ],
  }),
  'shift of [width, channels]': graphOf(
    [5, 3],
    [
      {
        ...{ name: 'y', op: 'shift', inputs: ['x'], strides: [1, 2] },
        offsets: [
          [0, 1],
          [1, 0],
          [0, -1],
        ],
      },
    ],
  ),
  activeShift: graphOf(image, [{ name: 'y', op: 'activeShift', inputs: ['x'], offsets: 'o', strides: [2, 2] }], {
    o: { kind: 'float32', shape: [2, 4], data: Float32Array.of(0.3, -1.6, 2, 9, -0.2, 0.7, -1, 0.5) },
  }),
  'maxPool of codes': afterCodes({
    ...{ name: 'y', op: 'maxPool', inputs: ['codes'], size: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] },
  }),
  averagePool: graphOf(image, [
    { name: 'y', op: 'averagePool', inputs: ['x'], size: [3, 2], strides: [2, 1], pads: [1, 1, 0, 0] },
  ]),
  'averagePool of codes': afterCodes({ name: 'y', op: 'averagePool', inputs: ['codes'], size: [2, 2], ...POINT }),
  globalAveragePool: graphOf(image, [{ name: 'y', op: 'globalAveragePool', inputs: ['x'] }]),
  'globalAveragePool of codes': afterCodes({ name: 'y', op: 'globalAveragePool', inputs: ['codes'] }),
  'globalMaxPool of codes': afterCodes({ name: 'y', op: 'globalMaxPool', inputs: ['codes'] }),
  'arithmetic of several shapes': graphOf(
    image,
    [
      { name: 'mean', op: 'globalAveragePool', inputs: ['x'] },
      { name: 'point', op: 'conv2d', inputs: ['x'], kernel: 'k', ...PLAIN },
      { name: 'less', op: 'subtract', inputs: ['point', 'mean'] },
      { name: 'more', op: 'add', inputs: ['point', 'x'] },
      { name: 'product', op: 'multiply', inputs: ['mean', 'more'] },
      { name: 'y', op: 'maximum', inputs: ['less', 'product'] },
    ],
    { k: floats(1, 1, 4, 4) },
  ),
  concat: graphOf(
    image,
    [
      { name: 'a', op: 'conv2d', inputs: ['x'], kernel: 'k', ...PLAIN },
      { name: 'b', op: 'conv2d', inputs: ['x'], kernel: 'k2', ...PLAIN },
      { name: 'channels', op: 'concat', inputs: ['a', 'x'], axis: 2 },
      { name: 'y', op: 'concat', inputs: ['channels', 'b'], axis: 0 },
    ],
    { k: floats(1, 1, 4, 3), k2: floats(1, 1, 4, 7) },
  ),
  clip: graphOf(image, [{ name: 'y', op: 'clip', inputs: ['x'], min: -0.25, max: 0.5 }]),
  softmax: graphOf([3, 4], [{ name: 'y', op: 'softmax', inputs: ['x'] }]),
  'reshape after a convolution': graphOf(
    image,
    [
      { name: 'a', op: 'conv2d', inputs: ['x'], kernel: 'k', ...PLAIN },
      { name: 'flat', op: 'reshape', inputs: ['a'], shape: [90] },
      { name: 'y', op: 'dense', inputs: ['flat'], kernel: 'd' },
    ],
    { k: floats(1, 1, 4, 3), d: floats(90, 2) },
  ),
  transpose: graphOf(image, [{ name: 'y', op: 'transpose', inputs: ['x'], permutation: [2, 0, 1] }]),
  'pad and slice in the layout of a convolution': graphOf(
    image,
    [
      { name: 'a', op: 'conv2d', inputs: ['x'], kernel: 'k', ...PLAIN },
      { name: 'padded', op: 'pad', inputs: ['a'], pads: [1, 2, 0, 3] },
      { name: 'y', op: 'slice', inputs: ['padded'], begin: [0, 1, 1], size: [7, 5, 2] },
    ],
    { k: floats(1, 1, 4, 3) },
  ),
  mean: graphOf(image, [{ name: 'y', op: 'mean', inputs: ['x'], axis: 1 }]),
  embedding: graphOf(
    [5],
    [
      { name: 'entries', op: 'quantize', inputs: ['x'], thresholds: 'e', levels: { values: [6, 0, 3] } },
      { name: 'whole', op: 'dequantize', inputs: ['entries'] },
      { name: 'y', op: 'embedding', inputs: ['whole'], table: 't', scale: 's' },
    ],
    { e: vector(-0.3, 0.4), t: codes(fourBits, 4, 7, 3), s: floats(3) },
  ),
  layerNorm: graphOf(
    [3, 4],
    [
      { name: 'plain', op: 'layerNorm', inputs: ['x'], epsilon: 1e-3 },
      { name: 'y', op: 'layerNorm', inputs: ['plain'], epsilon: 1e-5, gamma: 'g', beta: 'b' },
    ],
    { g: floats(4), b: floats(4) },
  ),
  'matMul of codes': afterCodes(
    { name: 'y', op: 'matMul', inputs: ['codes', 'codes'], transposeB: true },
    {},
    [2, 3, 4],
  ),
  matMul: graphOf(
    [3, 3],
    [
      { name: 'other', op: 'unary', inputs: ['x'], function: 'abs' },
      { name: 'y', op: 'matMul', inputs: ['x', 'other'], transposeB: false },
    ],
  ),
  lstm: recurrent('lstm', 4),
  gru: recurrent('gru', 3),
  'simple RNN': recurrent('simple', 1),
  'LSTM of codes, the last step': afterCodes(
    {
      ...{ name: 'y', op: 'recurrent', inputs: ['codes'], cell: 'lstm', kernel: 'k', kernelScale: 'ks' },
      ...{ recurrentKernel: 'r', recurrentScale: 'rs', activation: 'tanh', recurrentActivation: 'hardSigmoid' },
      ...{ returnSequences: false, goBackwards: false },
    },
    { k: codes(ternary, 2, 4, 12), ks: floats(12), r: codes(binary, 1, 3, 12), rs: vector(0.25) },
    [5, 4],
  ),
  ...Object.fromEntries(
    (['relu', 'relu6', 'abs', 'sign', 'sigmoid', 'hardSigmoid', 'tanh', 'exp', 'gelu', 'elu', 'softplus'] as const).map(
      (name) => [name, unary(name)],
    ),
  ),
  sqrt: graphOf(
    [4],
    [
      { name: 'positive', op: 'unary', inputs: ['x'], function: 'abs' },
      { name: 'y', op: 'unary', inputs: ['positive'], function: 'sqrt' },
    ],
  ),
};

function recurrent(cell: 'lstm' | 'gru' | 'simple', gates: number): Graph {
  return graphOf(
    [5, 4],
    [
      {
        ...{ name: 'y', op: 'recurrent', inputs: ['x'], cell, kernel: 'k', recurrentKernel: 'r', bias: 'b' },
        ...{ activation: cell === 'gru' ? 'linear' : 'tanh', recurrentActivation: 'sigmoid' },
        ...{ returnSequences: true, goBackwards: true },
      },
    ],
    { k: floats(4, 3 * gates), r: floats(3, 3 * gates), b: floats(3 * gates) },
  );
}
