import { LowbitError, parseOptions, type Granularity, type Precision, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { precisionSchema } from '../bits.js';
import type { Blocks } from '../blocks.js';
import { quantizerOf } from '../family.js';
import { granularitySchema } from '../granularity.js';
import { evenGrid, lastStep, stepGrid } from './grids.js';
import { forWeights } from './role.js';
import { atMost, largestOf, meanOf } from './statistics.js';

/** Options of {@link sawbWeights} and {@link sawbPlusWeights}. */
export interface SawbOptions {
  /** n; 'float' leaves the weights as they are. */
  readonly bits: Precision;
  /** What shares one clip; the whole tensor unless given. */
  readonly granularity?: Granularity;
  /** 2^n − 1 levels, zero among them, in place of 2^n without it; false unless given. */
  readonly zero?: boolean;
}

const schema = z.strictObject({
  bits: precisionSchema.describe('1 to 8, or "float"'),
  granularity: granularitySchema.optional(),
  zero: z.boolean().optional().describe('zero is a level, which leaves 2^n − 1 of them'),
});

/** c₁ and c₂ by bits, as in IBM's code; for other widths it takes α = max|w|. */
const EVEN: Coefficients = {
  2: [3.12, -2.064],
  3: [7.509, -6.892],
  4: [12.68, -12.8],
  5: [17.74, -18.64],
  8: [31.76, -35.04],
};
const WITH_ZERO: Coefficients = { 2: [2.6, -1.71], 4: [12.035, -12.03], 7: [28.24, -30.81], 8: [31.76, -35.04] };
type Coefficients = Readonly<Record<number, readonly [number, number]>>;

/**
 * SAWB: statistics-aware weight binning. α = c₁·√E[w²] + c₂·E|w| of the weights at each forward pass, then 2^n levels at even
 * distances from −α to α. The gradient is 0 outside of [−α, α], and α is a constant to it. Nothing is learned. α is max|w| where there
 * are no coefficients (1, 6 and 7 bits; with `zero` 3, 5 and 6), and where they give one that is not above 0.
 * Choi et al. 2018, after IBM's fms-model-optimizer.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'; zero at 1 bit
 */
export function sawbWeights(options: SawbOptions): Quantizer {
  return sawb(options, 'sawb');
}

/** SAWB+: {@link sawbWeights} with the gradient passed everywhere. Throws as that. */
export function sawbPlusWeights(options: SawbOptions): Quantizer {
  return sawb(options, 'sawb+');
}

function sawb(options: SawbOptions, name: 'sawb' | 'sawb+'): Quantizer {
  const where = `quantizer '${name}'`;
  const { bits, granularity = 'tensor', zero = false } = parseOptions(schema, options, where);
  const width = bits === 'float' ? 8 : bits;
  if (zero && width === 1) {
    throw new LowbitError('config', {
      what: 'one bit with zero among the levels leaves no other level',
      where,
      received: bits,
      hint: 'give it 2 to 8 bits, or leave out zero',
    });
  }
  const grid = zero ? stepGrid(width) : evenGrid(width);
  const coefficients = (zero ? WITH_ZERO : EVEN)[width];
  return quantizerOf({
    name,
    bits,
    granularity,
    parameters: (x, _state, { blocks }) => {
      const largest = largestOf(x, blocks);
      const alpha = coefficients ? guarded(statistic(x, coefficients, blocks), largest) : largest;
      return { alpha, scale: zero ? tf.div(alpha, lastStep(width)) : alpha };
    },
    codes: (x, { scale }) => grid.codes(x, scale!),
    levels: ({ scale }) => grid.levels(scale!),
    values: (codes, { scale }) => grid.values(codes, scale!),
    backward: (dy, x, { alpha }) => ({
      x: name === 'sawb' ? tf.mul(dy, atMost(tf.abs(x), alpha!)) : dy,
    }),
    withBits: (other) => sawb({ bits: other, granularity, zero }, name),
    getConfig: () => ({ bits, granularity, zero }),
  });
}

function statistic(x: tf.Tensor, [ofRoot, ofMean]: readonly [number, number], blocks: Blocks): tf.Tensor {
  const root = tf.sqrt(meanOf(tf.square(x), blocks));
  return tf.add(tf.mul(root, ofRoot), tf.mul(meanOf(tf.abs(x), blocks), ofMean));
}

/** α where it is a number above 0, the largest magnitude elsewhere. */
function guarded(alpha: tf.Tensor, largest: tf.Tensor): tf.Tensor {
  return tf.where(tf.logicalAnd(tf.greater(alpha, 0), tf.less(alpha, Infinity)), alpha, largest);
}

/** `{ quantizer: 'sawb', bits }` for weights. */
export const sawbFactory = forWeights('sawb', schema, sawbWeights);
/** `{ quantizer: 'sawb+', bits }` for weights. */
export const sawbPlusFactory = forWeights('sawb+', schema, sawbPlusWeights);
