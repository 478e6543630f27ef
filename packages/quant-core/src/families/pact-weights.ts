import { parseOptions, type Granularity, type Precision, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { precisionSchema } from '../bits.js';
import { quantizerOf, type Tensors } from '../family.js';
import { distributionOf } from '../fit/distribution.js';
import { fitBlocks } from '../fit/blocks.js';
import { fitScale } from '../fit/scale.js';
import { granularitySchema } from '../granularity.js';
import { evenGrid, magnitudes } from './grids.js';
import { above, LEAST_SCALE, sumOf, usable } from './statistics.js';

/** Options of {@link pactWeights}. */
export interface PactWeightOptions {
  /** n; 'float' leaves the weights as they are. */
  readonly bits: Precision;
  /** What shares one clip; the whole tensor unless given. */
  readonly granularity?: Granularity;
  /** What the clip α starts as: the least-squares fit to the weights ('fit', the default), or a number. */
  readonly alpha?: 'fit' | number;
  /** Multiplies the stage's learning rate for α; 0.01 unless given. */
  readonly learningRateScale?: number;
}

/** Options of {@link pactWeights}, as its factory takes them. */
export const pactWeightSchema = z.strictObject({
  bits: precisionSchema.describe('1 to 8, or "float"'),
  granularity: granularitySchema.optional(),
  alpha: z.literal('fit').or(z.number().positive()).optional().describe('where the clip starts'),
  learningRateScale: z.number().nonnegative().optional().describe("multiplies the stage's rate for α"),
});

/**
 * PACT on weights, as the dissertation on SPEQ has it (eq. 4.4–4.8): ŵ = clip(w, −α, α) on 2^n levels at even distances from −α to α,
 * zero not among them. Gradients: dw = g where −α ≤ w ≤ α, else 0; dα = Σ g over w > α, less Σ g over w < −α. α learns 100 times as
 * slowly as the weights, without decay, and starts where Σ(w − ŵ)² is least. At other bits than it was made for α stays.
 *
 * With `alpha: 6` and 8 bits it is what the dissertation puts on residual shortcuts (§4.4.1).
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'; an unknown or bad option
 */
export function pactWeights(options: PactWeightOptions): Quantizer {
  const checked = parseOptions(pactWeightSchema, options, "quantizer 'pact' (weights)");
  const { bits, granularity = 'tensor', alpha: initial = 'fit', learningRateScale = 0.01 } = checked;
  const width = bits === 'float' ? 8 : bits;
  const grid = evenGrid(width);
  return quantizerOf({
    name: 'pact',
    bits,
    granularity,
    state: [
      {
        name: 'alpha',
        initial: initial === 'fit' ? 1 : initial,
        trainable: true,
        learningRateScale,
        minimum: LEAST_SCALE,
      },
    ],
    parameters: (_x, { alpha }) => ({ alpha: usable(alpha!) }),
    codes: (x, { alpha }) => grid.codes(x, alpha!),
    levels: ({ alpha }) => grid.levels(alpha!),
    values: (codes, { alpha }) => grid.values(codes, alpha!),
    backward(dy, x, { alpha }, { blocks }) {
      const beyond = tf.mul(dy, above(x, alpha!));
      const below = tf.mul(dy, above(tf.neg(alpha!), x));
      return { x: tf.sub(dy, tf.add(beyond, below)), alpha: sumOf(tf.sub(beyond, below), blocks) };
    },
    ...(initial === 'fit' && {
      fit: (x, { blocks }): Tensors => ({
        alpha: fitBlocks(x, blocks, (values) =>
          fitScale(distributionOf(values.map(Math.abs)), magnitudes(width, false)),
        ),
      }),
    }),
    withBits: (other) => pactWeights({ ...checked, bits: other }),
    getConfig: () => ({ bits, granularity, alpha: initial, learningRateScale }),
  });
}
