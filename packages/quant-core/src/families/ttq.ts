import { parseOptions, type Granularity, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { quantizerOf, type Tensors } from '../family.js';
import { granularitySchema } from '../granularity.js';
import { bitsFrom } from './fixed-bits.js';
import { forWeights } from './role.js';
import { above, largestOf, sumOf } from './statistics.js';
import { ternaryCodes } from './twn.js';

/** Options of {@link ttqWeights}. */
export interface TtqOptions {
  /** 2 unless given: three levels; 'float' leaves the weights as they are. */
  readonly bits?: 2 | 'float';
  /** What shares W_p, W_n and the threshold; the whole tensor unless given. */
  readonly granularity?: Granularity;
  /** t: the threshold as a part of max|w|; 0.05 unless given. */
  readonly threshold?: number;
  /** What W_p and W_n start as: 1 ('one', the default, as in the authors' code), or the mean of the weights that take them ('mean'). */
  readonly initial?: 'one' | 'mean';
  /** Multiplies the stage's learning rate for W_p and W_n; 1 unless given. */
  readonly learningRateScale?: number;
}

const schema = z.strictObject({
  bits: bitsFrom(2, 2).optional().describe('2, or "float"'),
  granularity: granularitySchema.optional(),
  threshold: z.number().min(0).max(1).optional().describe('as a part of max|w|'),
  initial: z.enum(['one', 'mean']).optional().describe('what W_p and W_n start as'),
  learningRateScale: z.number().nonnegative().optional().describe("multiplies the stage's rate for W_p and W_n"),
});

/**
 * TTQ: trained ternary quantization. θ = t·max|w|; ŵ is W_p where w > θ, −W_n where w < −θ, 0 between. W_p and W_n are learned:
 * dW_p = Σ g over w > θ, dW_n = −Σ g over w < −θ; dw = g·W_p, g·W_n and g in the three regions. θ is a constant to the gradient.
 *
 * With W_p = W_n = 1 to start from, it is for training with batch normalization behind it; to quantize what is trained, `initial: 'mean'`
 * starts from the levels of least squared error.
 *
 * Zhu et al., ICLR 2017, eq. 6–9, and the authors' ternary.py.
 *
 * @throws LowbitError bits other than 2 or 'float'; an unknown or bad option
 */
export function ttqWeights(options: TtqOptions = {}): Quantizer {
  const checked = parseOptions(schema, options, "quantizer 'ttq'");
  const { bits = 2, granularity = 'tensor', threshold = 0.05, initial = 'one', learningRateScale = 1 } = checked;
  const learned = { initial: 1, trainable: true, learningRateScale };
  return quantizerOf({
    name: 'ttq',
    bits,
    granularity,
    state: [
      { name: 'positive', ...learned },
      { name: 'negative', ...learned },
    ],
    parameters: (x, { positive, negative }, { blocks }) => ({
      theta: tf.mul(largestOf(x, blocks), threshold),
      positive: positive!,
      negative: negative!,
    }),
    codes: (x, { theta }) => ternaryCodes(x, theta!),
    levels: ({ positive, negative }) => tf.stack([tf.neg(negative!), tf.zerosLike(positive!), positive!], -1),
    backward(dy, x, { theta, positive, negative }, { blocks }) {
      const positives = above(x, theta!);
      const negatives = above(tf.neg(theta!), x);
      const between = tf.sub(tf.sub(1, positives), negatives);
      const slope = tf.add(tf.add(tf.mul(positives, positive!), tf.mul(negatives, negative!)), between);
      return {
        x: tf.mul(dy, slope),
        positive: sumOf(tf.mul(dy, positives), blocks),
        negative: tf.neg(sumOf(tf.mul(dy, negatives), blocks)),
      };
    },
    ...(initial === 'mean' && {
      fit: (x, { blocks }): Tensors => {
        const theta = tf.mul(largestOf(x, blocks), threshold);
        const mean = (members: tf.Tensor) =>
          tf.div(sumOf(tf.mul(x, members), blocks), tf.maximum(sumOf(members, blocks), 1));
        return {
          positive: mean(above(x, theta)),
          negative: tf.neg(mean(above(tf.neg(theta), x))),
        };
      },
    }),
    withBits: (other) => ttqWeights({ ...checked, bits: other } as TtqOptions),
    getConfig: () => ({ bits, granularity, threshold, initial, learningRateScale }),
  });
}

/** `{ quantizer: 'ttq', bits: 2 }` for weights. */
export const ttqFactory = forWeights('ttq', schema, (options) => ttqWeights(options as TtqOptions));
