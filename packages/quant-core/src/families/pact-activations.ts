import { parseOptions, type Precision, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { precisionSchema, topCode } from '../bits.js';
import { quantizerOf, type FamilyContext, type Gradients } from '../family.js';
import { activationGranularitySchema } from '../granularity.js';
import { gradientInOnePass, hasGridKernels, numberOf, quantizeInOnePass } from './kernels.js';
import { ownGradient } from './own-gradient.js';
import { codesOnGrid, levelsOfGrid, onGrid, sumOfBlocks, valuesOnGrid } from './uniform-grid.js';

/** Options of {@link pactActivations}. */
export interface PactActivationOptions {
  /** n; 'float' keeps the clip to [0, α] and leaves out the rounding. */
  readonly bits: Precision;
  /** One α for the whole layer unless given. */
  readonly granularity?: 'tensor' | 'channel';
  /** What α starts as; 6 unless given. */
  readonly alpha?: number;
  /** λ of the penalty λ·α²/2; 5e-4 unless given. */
  readonly decay?: number;
  /** Whether x = α counts as clipped in dα: 'strict' (x > α, the dissertation; the default) or 'inclusive' (x ≥ α, IBM's code). */
  readonly boundary?: 'strict' | 'inclusive';
  /** Multiplies the stage's learning rate for α; 1 unless given. */
  readonly learningRateScale?: number;
}

/** Options of {@link pactActivations}, as its factory takes them. */
export const pactActivationSchema = z.strictObject({
  bits: precisionSchema.describe('1 to 8, or "float"'),
  granularity: activationGranularitySchema.optional(),
  alpha: z.number().positive().optional().describe('where the clip starts'),
  decay: z.number().nonnegative().optional().describe('λ of the penalty λ·α²/2'),
  boundary: z.enum(['strict', 'inclusive']).optional().describe('whether x = α counts in the gradient of α'),
  learningRateScale: z.number().nonnegative().optional().describe("multiplies the stage's rate for α"),
});

/** The least α, after each update and in each use. */
const LEAST_ALPHA = 1e-3;

/**
 * PACT's activations: y = clip(x, 0, α), x_q = round(y·(2^n − 1)/α)·α/(2^n − 1) with α learned. Levels i·α/(2^n − 1), i < 2^n.
 * Gradients: dx = g where 0 ≤ x ≤ α, both ends included, else 0; dα = Σ g over x > α, and nothing from inside.
 * α starts as 6 and is penalized by λ·α²/2 (the dissertation leaves the ½ open; as TensorFlow's l2_loss). Dissertation eq. 4.1–4.3.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'; an option out of its range
 */
export function pactActivations(options: PactActivationOptions): Quantizer {
  const checked = parseOptions(pactActivationSchema, options, "quantizer 'pact' (activations)");
  const { bits, granularity = 'tensor', alpha: initial = 6, decay = 5e-4 } = checked;
  const { boundary = 'strict', learningRateScale = 1 } = checked;
  const top = topCode(bits === 'float' ? 8 : bits);
  const atLeast = (alpha: tf.Tensor) => tf.maximum(alpha, LEAST_ALPHA);
  const gradients = (dy: tf.Tensor, x: tf.Tensor, alpha: tf.Tensor, { blocks }: FamilyContext) => {
    if (hasGridKernels(x, alpha)) {
      const clip = { step: 1, low: 0, high: numberOf(alpha), ends: boundary === 'inclusive' };
      const { dx, sums } = gradientInOnePass(dy, x, clip);
      return { x: dx, alpha: tf.reshape(sums.above, alpha.shape) } satisfies Gradients;
    }
    const inside = tf.logicalAnd(tf.greaterEqual(x, 0), tf.lessEqual(x, alpha));
    const above = boundary === 'strict' ? tf.greater(x, alpha) : tf.greaterEqual(x, alpha);
    const none = tf.zerosLike(dy);
    return { x: tf.where(inside, dy, none), alpha: sumOfBlocks(tf.where(above, dy, none), blocks) } satisfies Gradients;
  };
  return quantizerOf({
    name: 'pact',
    bits,
    granularity,
    state: [{ name: 'alpha', initial, trainable: true, decay, minimum: LEAST_ALPHA, learningRateScale }],
    floatTakesState: true,
    parameters(_x, state) {
      const alpha = atLeast(state.alpha!);
      return { alpha, step: tf.div(alpha, top) };
    },
    codes: (x, { step }) => codesOnGrid(x, { step: step!, zero: 0, top }),
    levels: ({ step }) => levelsOfGrid({ step: step!, zero: 0, top }),
    values: (codes, { step }) => valuesOnGrid(codes, { step: step!, zero: 0, top }),
    onePass: (x, { step }) => onGrid(x, { step: step!, zero: 0, top }),
    backward: (dy, x, { alpha }, context) => gradients(dy, x, alpha!, context),
    float: (x, { alpha }, context) =>
      ownGradient(
        [x, alpha!],
        (input, bound) => clipTo(input!, atLeast(bound!)),
        (dy, input, bound) => {
          const made = gradients(dy, input!, atLeast(bound!), context);
          return [made.x, made.alpha];
        },
      ),
    withBits: (other) => pactActivations({ ...options, bits: other }),
    getConfig: () => ({ bits, granularity, alpha: initial, decay, boundary, learningRateScale }),
  });
}

/** clip(x, 0, α) */
function clipTo(x: tf.Tensor, alpha: tf.Tensor): tf.Tensor {
  if (!hasGridKernels(x, alpha)) return tf.minimum(tf.maximum(x, 0), alpha);
  return quantizeInOnePass(x, { step: 1, low: 0, high: numberOf(alpha), rounding: 'none' });
}
