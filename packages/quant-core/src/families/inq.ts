import { parseOptions, type Granularity, type Precision, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { quantizerOf, type Tensors } from '../family.js';
import { fitBlocks } from '../fit/blocks.js';
import { granularitySchema } from '../granularity.js';
import { boundariesBelow } from '../lookup.js';
import { bitsFrom } from './fixed-bits.js';
import { forWeights } from './role.js';

/** Options of {@link inqWeights}. */
export interface InqOptions {
  /** b, from 2; 'float' leaves the weights as they are. */
  readonly bits: Exclude<Precision, 1>;
  /** What shares one largest level; the whole tensor unless given. */
  readonly granularity?: Granularity;
  /** Where a weight half-way between two levels goes: away from zero ('up', the default, the paper), or towards it ('down', the code). */
  readonly ties?: 'up' | 'down';
}

const schema = z.strictObject({
  bits: bitsFrom(2, 8).describe('2 to 8, or "float"'),
  granularity: granularitySchema.optional(),
  ties: z.enum(['up', 'down']).optional().describe('where a weight half-way between two levels goes'),
});

/** Exponents of float32's normal numbers. */
const [LEAST_EXPONENT, MOST_EXPONENT] = [-126, 127];

/**
 * INQ's levels: zero and the powers of two ±2^n₂ … ±2^n₁, n₁ = ⌊log₂(4s/3)⌋ with s = max|w|, n₂ = n₁ + 1 − 2^(b−1)/2. Each weight takes
 * the level that is nearest on a linear scale: 2 bits have 3 levels, 3 bits 5, 5 bits 17. 2^n₁ is fitted to the weights once, and
 * stays, as INQ keeps the levels of the pre-trained network; no gradient trains it. The gradient passes as it is. The same 2^n₁ serves
 * any b. A level below 2⁻¹²⁶ may come out as 0.
 *
 * Zhou et al., ICLR 2017, eq. 1–4; its incremental procedure is no part of the quantizer.
 *
 * @throws LowbitError bits other than 2 to 8 or 'float'; an unknown or bad option
 */
export function inqWeights(options: InqOptions): Quantizer {
  const checked = parseOptions(schema, options, "quantizer 'inq'");
  const { bits, granularity = 'tensor', ties = 'up' } = checked;
  const powers = 2 ** ((bits === 'float' ? 8 : bits) - 2);
  const units = Array.from({ length: powers }, (_, i) => 2 ** (i + 1 - powers));
  const boundaries = units.map((unit, i) => (i === 0 ? unit / 2 : 0.75 * unit));
  return quantizerOf({
    name: 'inq',
    bits,
    granularity,
    state: [{ name: 'top', initial: 1, trainable: false }],
    codes: (x, { top }) => {
      const ratio = tf.div(x, top!);
      const rank = boundariesBelow(tf.abs(ratio), tf.tensor1d(boundaries), ties === 'up' ? 'at' : 'above');
      return tf.add(tf.mul(tf.sign(ratio), rank), powers);
    },
    levels: ({ top }) => {
      const positive = tf.mul(tf.tensor1d(units), tf.expandDims(top!, -1));
      const zero = tf.zeros([...positive.shape.slice(0, -1), 1]);
      return tf.concat([tf.neg(tf.reverse(positive, -1)), zero, positive], -1);
    },
    backward: (dy) => ({ x: dy }),
    fit: (x, { blocks }): Tensors => ({ top: fitBlocks(x, blocks, largestPower) }),
    withBits: (other) => inqWeights({ ...checked, bits: other } as InqOptions),
    getConfig: () => ({ bits, granularity, ties }),
  });
}

/** 2^n₁: the largest power p of two with ¾p ≤ max|w|; 1 of zeros alone. */
function largestPower(weights: Float32Array): number {
  let most = 0;
  for (const weight of weights) most = Math.max(most, Math.abs(weight));
  if (!(most > 0)) return 1;
  let exponent = Math.max(Math.min(Math.ceil(Math.log2(most)) + 1, MOST_EXPONENT), LEAST_EXPONENT);
  while (exponent > LEAST_EXPONENT && 0.75 * 2 ** exponent > most) exponent--;
  return 2 ** exponent;
}

/** `{ quantizer: 'inq', bits }` for weights. */
export const inqFactory = forWeights('inq', schema, (options) => inqWeights(options as InqOptions));
