import { factory, LowbitError, type Granularity, type Precision, type Quantizer, type Role } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { checkPrecision, precisionSchema } from '../bits.js';
import { quantizerOf, type FamilyContext, type Tensors } from '../family.js';
import { granularitySchema } from '../granularity.js';
import { gradientInOnePass } from './kernels.js';
import { notMadeFor } from './role.js';
import { onGrid, reachOf } from './uniform-grid.js';

/** Options of {@link lsqWeights} and {@link lsqActivations}. */
export interface LsqOptions {
  /** b; at 'float' weights stay as they are, and activations that are not signed go through a ReLU. */
  readonly bits: Precision;
  /** One step for the whole tensor unless given. */
  readonly granularity?: Granularity;
  /** Activations: codes on both sides of zero, as weights have them; false unless given. */
  readonly signed?: boolean;
  /** Multiplies the stage's learning rate for the step; 1 unless given. */
  readonly learningRateScale?: number;
}

/** The smallest step that codes are computed with, whatever an optimizer has made of it. */
const LEAST_STEP = 2 ** -24;

/**
 * LSQ: learned step size quantization. v̂ = s·round(clip(v/s, −Qn, Qp)) with Qn = 2^(b−1), Qp = 2^(b−1) − 1.
 * Gradients: dv = g where −Qn < v/s < Qp, else 0; ds = Σ g·(−Qn | Qp | round(v/s) − v/s)/√(N·Qp), N the number of weights that share
 * s. s starts as 2·mean|v|/√Qp of what it is calibrated on. At other bits than it was made for, the range s·Qp is kept.
 * Esser et al., ICLR 2020, eq. 1–5, after the unofficial code named in the specification (first and last layer at 8 bits there).
 *
 * @throws LowbitError bits other than 2 to 8 or 'float'
 */
export function lsqWeights(options: LsqOptions): Quantizer {
  return lsq(options, 'weights');
}

/**
 * LSQ on activations: as {@link lsqWeights} with Qn = 0, Qp = 2^b − 1, unless `signed`. N counts the activations of one sample.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'; signed at 1 bit
 */
export function lsqActivations(options: LsqOptions): Quantizer {
  return lsq(options, 'activations');
}

/** Codes lie between −negative and positive. */
function range(bits: number, signed: boolean): { negative: number; positive: number } {
  return signed
    ? { negative: 2 ** (bits - 1), positive: 2 ** (bits - 1) - 1 }
    : { negative: 0, positive: 2 ** bits - 1 };
}

function lsq(options: LsqOptions, role: Role, madeFor: Precision = options.bits): Quantizer {
  const where = `quantizer 'lsq' (${role})`;
  const bits = checkPrecision(options.bits, where);
  const { granularity = 'tensor', learningRateScale = 1 } = options;
  const signed = options.signed ?? role === 'weights';
  if (signed && bits === 1) {
    throw new LowbitError('config', {
      what: 'one bit leaves LSQ no positive level: its codes reach from −2^(b−1) to 2^(b−1) − 1',
      where,
      received: bits,
      hint:
        role === 'weights' ? 'give it 2 to 8 bits, or take bwn or xnor' : 'give it 2 to 8 bits, or leave out signed',
    });
  }
  const { negative, positive } = range(bits === 'float' ? 8 : bits, signed);
  const keptRange =
    bits === 'float' || madeFor === 'float' || madeFor === bits ? 1 : range(madeFor, signed).positive / positive;
  const perStep = (x: tf.Tensor, { blocks, shape }: FamilyContext): number => {
    const inBlock = x.size / tf.util.sizeFromShape([...blocks.shape]);
    return role === 'weights' ? inBlock : inBlock / shape[0]!;
  };
  return quantizerOf({
    name: 'lsq',
    bits,
    granularity,
    state: [{ name: 'step', initial: 1, trainable: true, learningRateScale, minimum: LEAST_STEP }],
    parameters: (_x, { step }) => ({ step: tf.maximum(tf.mul(step!, keptRange), LEAST_STEP) }),
    codes: (x, { step }) => tf.add(tf.round(tf.clipByValue(tf.div(x, step!), -negative, positive)), negative),
    levels: ({ step }) => tf.mul(tf.sub(tf.range(0, negative + positive + 1), negative), tf.expandDims(step!, -1)), // no −0
    values: (codes, { step }) => tf.mul(tf.sub(codes, negative), step!),
    onePass: (x, { step }) => onGrid(x, { step: step!, zero: negative, top: negative + positive }),
    backward(dy, x, { step }, context) {
      const scale = keptRange / Math.sqrt(perStep(x, context) * positive);
      const reach = reachOf(x, { step: step!, zero: negative, top: negative + positive });
      if (reach) {
        const { dx, sums } = gradientInOnePass(dy, x, { ...reach, open: true, ends: true });
        const clipped = tf.sub(tf.mul(sums.above, positive), tf.mul(sums.below, negative));
        return { x: dx, step: tf.mul(tf.reshape(tf.add(sums.rest, clipped), step!.shape), scale) };
      }
      const ratio = tf.div(x, step!);
      const inside = tf.logicalAnd(tf.greater(ratio, -negative), tf.less(ratio, positive));
      const slope = tf.where(inside, tf.sub(tf.round(ratio), ratio), tf.clipByValue(ratio, -negative, positive));
      const sum = tf.sum(tf.mul(dy, slope), [...context.blocks.axes], true);
      return { x: tf.where(inside, dy, tf.zerosLike(dy)), step: tf.mul(tf.reshape(sum, step!.shape), scale) };
    },
    fit: (x, { blocks }): Tensors => {
      const mean = tf.mean(tf.abs(x), [...blocks.axes], true);
      return { step: tf.reshape(tf.mul(mean, 2 / Math.sqrt(positive)), [...blocks.shape]) };
    },
    float: (x) => (signed ? tf.clone(x) : tf.relu(x)),
    withBits: (other) => lsq({ ...options, bits: other }, role, madeFor),
    getConfig: () => ({ bits, granularity, learningRateScale, ...(role === 'activations' && { signed }) }),
  });
}

const schema = z.strictObject({
  bits: precisionSchema.describe('2 to 8 (activations: 1 to 8), or "float"'),
  granularity: granularitySchema.optional(),
  signed: z.boolean().optional().describe('activations: codes on both sides of zero'),
  learningRateScale: z.number().nonnegative().optional().describe("multiplies the stage's rate for the step"),
});

/** `{ quantizer: 'lsq', bits }` for weights or activations. */
export const lsqFactory = factory(schema, (options, role: Role): Quantizer => {
  if (role === 'gradients') throw notMadeFor('lsq', role);
  return lsq(options, role);
});
