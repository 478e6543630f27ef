import type { Graph, Levels } from '@lowbit/graph';

/** Places × channels × filters: point-wise convolutions of ResNet50 and L-SSPQ50. */
export const SHAPES = [
  [196, 1024, 256],
  [784, 256, 512],
  [3136, 64, 256],
  [49, 2048, 512],
] as const;

export type Shape = (typeof SHAPES)[number];

const upTo = (count: number) => Array.from({ length: count }, (_, code) => code);
const signed = (bits: number) => upTo(2 ** bits).map((code) => code - 2 ** (bits - 1));

/** What is multiplied: weights' integers, bits of the activations. */
export const PAIRS = {
  W1A4: { weights: [-1, 1], bits: 4 },
  W2A2: { weights: [-3, -1, 1, 3], bits: 2 },
  W2A4: { weights: [-3, -1, 1, 3], bits: 4 },
  W4A4: { weights: signed(4), bits: 4 },
  W8A8: { weights: signed(8), bits: 8 },
} as const;

export type Pair = keyof typeof PAIRS;

/** The name of the value that is timed: codes to codes, the thresholds between layers included. */
export const TIMED = 'result';

/** A point-wise convolution with batch norm's scale and bias, between quantizations. */
export function pointwiseGraph([places, channels, filters]: Shape, pair: Pair): Graph {
  const { weights, bits } = PAIRS[pair];
  const levels: Levels = { integers: upTo(2 ** bits), scale: 1 };
  const most = 2 ** bits - 1;
  const spread = Math.sqrt(channels) * Math.max(...weights) * most;
  const float = (shape: readonly number[], at: (index: number) => number) =>
    ({ kind: 'float32', shape, data: Float32Array.from({ length: shape[0]! }, (_, index) => at(index)) }) as const;
  return {
    inputs: [{ name: 'x', shape: [1, places, channels] }],
    nodes: [
      { name: 'codes', op: 'quantize', inputs: ['x'], thresholds: 'thresholds', levels },
      {
        ...{ name: 'sums', op: 'conv2d', inputs: ['codes'], kernel: 'kernel', scale: 'scale', bias: 'bias' },
        ...{ strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 },
      },
      { name: TIMED, op: 'quantize', inputs: ['sums'], thresholds: 'thresholds', levels },
    ],
    outputs: [TIMED],
    parameters: {
      thresholds: float([most], (k) => k + 0.5),
      kernel: {
        kind: 'codes',
        shape: [1, 1, channels, filters],
        data: Uint8Array.from({ length: channels * filters }, (_, k) => ((k * 2654435761) % 2 ** 32) % weights.length),
        bits: Math.log2(weights.length),
        levels: { integers: weights },
      },
      scale: float([filters], (filter) => (most * (1 + filter / filters)) / spread),
      bias: float([filters], (filter) => (most * filter) / filters),
    },
  };
}
