import { parseOptions, type Granularity, type Precision, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { precisionSchema } from '../bits.js';
import { quantizerOf, type Tensors } from '../family.js';
import { distributionOf } from '../fit/distribution.js';
import { fitBlocks } from '../fit/blocks.js';
import { fitScale } from '../fit/scale.js';
import { granularitySchema } from '../granularity.js';
import { magnitudes, signGrid, stepGrid } from './grids.js';
import { forWeights } from './role.js';
import { sumOf, usable } from './statistics.js';

/** Options of {@link lloydMaxWeights}. */
export interface LloydMaxOptions {
  /** n; 'float' leaves the weights as they are. */
  readonly bits: Precision;
  /** What shares one Δ; the whole tensor unless given. */
  readonly granularity?: Granularity;
  /** Whether each training step moves Δ by one iteration; false unless given: Δ stays as fitted, as in the dissertation. */
  readonly refit?: boolean;
}

const schema = z.strictObject({
  bits: precisionSchema.describe('1 to 8, or "float"'),
  granularity: granularitySchema.optional(),
  refit: z.boolean().optional().describe('move Δ by one iteration at each training step'),
});

/** Δ that fits a unit Gaussian best, by bits: what a Δ is scaled by where another width is asked for. */
const GAUSSIAN_STEPS = [0.7979, 1.224, 0.6508, 0.3534, 0.1932, 0.1055, 0.0573, 0.0309];

/**
 * Symmetric Lloyd–Max (Hwang & Sung): ŵ = Δ·clip(round(w/Δ), −M, M), M = 2^(n−1) − 1, zero among the 2^n − 1 levels; n = 2 is ternary.
 * At n = 1 it is Δ·sign(w), sign(0) = +1, Δ = mean|w|. Δ has the least squared error that the iteration of dissertation eq. 2.5–2.7
 * finds, from ten starts; no gradient trains it, and it stays what it is in retraining unless `refit` is set. The gradient passes as it
 * is (eq. 3.4). At other bits than it was made for Δ is scaled as the best Δ of a Gaussian is.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'; an unknown or bad option
 */
export function lloydMaxWeights(options: LloydMaxOptions): Quantizer {
  const { bits, granularity = 'tensor', refit = false } = parseOptions(schema, options, "quantizer 'lloyd-max'");
  return lloydMax({ bits, granularity, refit }, bits);
}

function lloydMax({ bits, granularity, refit }: Required<LloydMaxOptions>, madeFor: Precision): Quantizer {
  const width = bits === 'float' ? 8 : bits;
  const grid = width === 1 ? signGrid : stepGrid(width);
  const scaled = madeFor === 'float' ? 1 : GAUSSIAN_STEPS[width - 1]! / GAUSSIAN_STEPS[madeFor - 1]!;
  const levels = width === 1 ? [1] : magnitudes(width, true);
  const stepOf = (state: Tensors) => usable(tf.mul(state['step']!, scaled));
  return quantizerOf({
    name: 'lloyd-max',
    bits,
    granularity,
    state: [{ name: 'step', initial: 1, trainable: false }],
    parameters: (_x, state) => ({ step: stepOf(state) }),
    codes: (x, { step }) => grid.codes(x, step!),
    levels: ({ step }) => grid.levels(step!),
    values: (codes, { step }) => grid.values(codes, step!),
    backward: (dy) => ({ x: dy }),
    fit: (x, { blocks }): Tensors => ({
      step: fitBlocks(x, blocks, (values) => fitScale(distributionOf(values.map(Math.abs)), levels)),
    }),
    ...(refit && {
      // one iteration in ops of the backend: weights move little from step to step
      update: (x, state, { blocks }): Tensors => {
        const unit = grid.values(grid.codes(x, stepOf(state)), tf.onesLike(state['step']!));
        const [product, square] = [sumOf(tf.mul(x, unit), blocks), sumOf(tf.square(unit), blocks)];
        const next = tf.div(product, tf.mul(tf.maximum(square, 1), scaled));
        return { step: tf.where(tf.greater(square, 0), next, tf.div(state['step']!, 2)) };
      },
    }),
    withBits: (other) => lloydMax({ bits: other, granularity, refit }, madeFor),
    getConfig: () => ({ bits, granularity, refit }),
  });
}

/** `{ quantizer: 'lloyd-max', bits }` for weights. */
export const lloydMaxFactory = forWeights('lloyd-max', schema, lloydMaxWeights);
