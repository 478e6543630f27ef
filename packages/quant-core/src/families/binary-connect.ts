import { LowbitError, parseOptions, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { inputAxis } from '../blocks.js';
import { quantizerOf } from '../family.js';
import { bitsFrom } from './fixed-bits.js';
import { signGrid } from './grids.js';
import { forWeights } from './role.js';
import { above } from './statistics.js';

/** Options of {@link binaryConnectWeights}. */
export interface BinaryConnectOptions {
  /** 1 unless given; 'float' leaves the weights as they are. */
  readonly bits?: 1 | 'float';
  /** 'deterministic' (the default): the sign. 'stochastic': +H with probability clip((w/H + 1)/2, 0, 1), in training. */
  readonly mode?: 'deterministic' | 'stochastic';
  /** H: 1 unless given; 'glorot' is ½·√(6/(fan_in + fan_out)), as in the final version of the authors' code. */
  readonly scale?: 1 | 'glorot';
  /** What stochastic weights are outside of training: 'real' (the default, as in the authors' code; 32 bits each), or 'binary', the sign. */
  readonly evaluation?: 'real' | 'binary';
}

const schema = z.strictObject({
  bits: bitsFrom(1, 1).optional().describe('1, or "float"'),
  mode: z.enum(['deterministic', 'stochastic']).optional(),
  scale: z.literal([1, 'glorot'], { error: "scale is 1 or 'glorot'" }).optional().describe("H: the weights' magnitude"),
  evaluation: z.enum(['real', 'binary']).optional().describe('stochastic: the weights outside of training'),
});

/**
 * BinaryConnect: weights are −H or H. Deterministic: H where w ≥ 0. Stochastic: drawn anew in each forward pass of training, from the
 * context's seed. The gradient passes as it is to the real weights, which are kept in [−H, H]. One H for the whole tensor.
 *
 * Outside of training stochastic weights are the real ones, unless `evaluation` is 'binary': the paper's choice (§2.6, method 2), to which
 * chance is a regularizer and saves no memory afterwards. Real ones are stored, and counted in sizes, at 32 bits, and have no codes:
 * `encode` then throws, since codes would stand for other weights than those that were evaluated.
 *
 * Courbariaux et al., NIPS 2015, eq. 1–3, and the authors' binary_connect.py.
 *
 * @throws LowbitError bits other than 1 or 'float'; an unknown or bad option
 */
export function binaryConnectWeights(options: BinaryConnectOptions = {}): Quantizer {
  const where = "quantizer 'binary-connect'";
  const checked = parseOptions(schema, options, where);
  const { bits = 1, mode = 'deterministic', scale = 1, evaluation = 'real' } = checked;
  const magnitude = (shape: readonly number[], channelAxis: number) => (scale === 1 ? 1 : glorot(shape, channelAxis));
  const binary = quantizerOf({
    name: 'binary-connect',
    bits,
    parameters: (_x, _state, { shape, channelAxis }) => ({ scale: tf.scalar(magnitude(shape, channelAxis)) }),
    codes: (x, { scale: high }, { training, seed }) => {
      if (mode === 'deterministic' || !training) return signGrid.codes(x, high!);
      const probability = tf.div(tf.add(tf.div(x, high!), 1), 2);
      return above(probability, tf.randomUniform(x.shape, 0, 1, 'float32', seed));
    },
    levels: ({ scale: high }) => signGrid.levels(high!),
    values: (codes, { scale: high }) => signGrid.values(codes, high!),
    backward: (dy) => ({ x: dy }),
    ...(bits !== 'float' && {
      constrain: (w, { channelAxis = w.rank - 1 } = {}) => {
        const high = magnitude(w.shape, channelAxis);
        return tf.clipByValue(w, -high, high);
      },
    }),
    withBits: (other) => binaryConnectWeights({ ...checked, bits: other as 1 }),
    getConfig: () => ({ bits, mode, scale, evaluation }),
  });
  if (mode === 'deterministic' || evaluation === 'binary' || bits === 'float') return binary;
  return {
    ...binary,
    storedBits: 'float',
    quantize: (w, context) => (context?.training ? binary.quantize(w, context) : tf.clone(w)),
    encode(w, context) {
      if (context?.training) return binary.encode(w, context);
      throw new LowbitError('config', {
        what: 'stochastic weights are real ones outside of training, which have no codes',
        where,
        hint: "give it the option evaluation: 'binary' to evaluate and store the signs",
      });
    },
  };
}

/** ½·√(6/(fan_in + fan_out)): both fans count the places of a kernel. */
function glorot(shape: readonly number[], channelAxis: number): number {
  const [inputs, outputs] = [shape[inputAxis(shape.length, channelAxis)] ?? 1, shape[channelAxis] ?? 1];
  const places = tf.util.sizeFromShape([...shape]) / (inputs * outputs);
  return 0.5 * Math.sqrt(6 / (places * (inputs + outputs)));
}

/** `{ quantizer: 'binary-connect', bits: 1 }` for weights. */
export const binaryConnectFactory = forWeights('binary-connect', schema, (options) =>
  binaryConnectWeights(options as BinaryConnectOptions),
);
