import { parseOptions, type Granularity, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { quantizerOf } from '../family.js';
import { granularitySchema } from '../granularity.js';
import { bitsFrom } from './fixed-bits.js';
import { forWeights } from './role.js';
import { above, meanOf, sumOf } from './statistics.js';

/** Options of {@link twnWeights}. */
export interface TwnOptions {
  /** 2 unless given: three levels; 'float' leaves the weights as they are. */
  readonly bits?: 2 | 'float';
  /** What shares one threshold and one scale; the whole tensor unless given. */
  readonly granularity?: Granularity;
  /** Δ as a part of mean|w|; 0.7 unless given. */
  readonly threshold?: number;
}

const schema = z.strictObject({
  bits: bitsFrom(2, 2).optional().describe('2, or "float"'),
  granularity: granularitySchema.optional(),
  threshold: z.number().nonnegative().optional().describe('Δ as a part of mean|w|'),
});

/**
 * TWN: ternary weight network. Δ = 0.7·mean|w|; ŵ is α·sign(w) where |w| > Δ and 0 elsewhere, α the mean of |w| over |w| > Δ. The
 * gradient passes as it is. Li et al. 2016, eq. 3–6, and the authors' blob.cpp.
 *
 * @throws LowbitError bits other than 2 or 'float'; an unknown or bad option
 */
export function twnWeights(options: TwnOptions = {}): Quantizer {
  const checked = parseOptions(schema, options, "quantizer 'twn'");
  const { bits = 2, granularity = 'tensor', threshold = 0.7 } = checked;
  return quantizerOf({
    name: 'twn',
    bits,
    granularity,
    parameters: (x, _state, { blocks }) => {
      const magnitudes = tf.abs(x);
      const delta = tf.mul(meanOf(magnitudes, blocks), threshold);
      const beyond = above(magnitudes, delta);
      const scale = tf.div(sumOf(tf.mul(magnitudes, beyond), blocks), tf.maximum(sumOf(beyond, blocks), 1));
      return { delta, scale };
    },
    codes: (x, { delta }) => ternaryCodes(x, delta!),
    levels: ({ scale }) => tf.stack([tf.neg(scale!), tf.zerosLike(scale!), scale!], -1),
    values: (codes, { scale }) => tf.mul(tf.sub(codes, 1), scale!),
    backward: (dy) => ({ x: dy }),
    withBits: (other) => twnWeights({ ...checked, bits: other } as TwnOptions),
    getConfig: () => ({ bits, granularity, threshold }),
  });
}

/** 0 below −threshold, 2 above threshold, 1 between and at them. */
export function ternaryCodes(x: tf.Tensor, threshold: tf.Tensor): tf.Tensor {
  return tf.add(tf.sub(above(x, threshold), above(tf.neg(threshold), x)), 1);
}

/** `{ quantizer: 'twn', bits: 2 }` for weights. */
export const twnFactory = forWeights('twn', schema, (options) => twnWeights(options as TwnOptions));
