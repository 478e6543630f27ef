import {
  factory,
  LowbitError,
  parseOptions,
  type Granularity,
  type Precision,
  type Quantizer,
  type Role,
} from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { precisionSchema } from '../bits.js';
import { blocksOf } from '../blocks.js';
import { rangeCalibrator } from '../calibration/range-calibrator.js';
import type { Calibration, GridKind } from '../calibration/range.js';
import { quantizerOf, type Tensors } from '../family.js';
import { activationGranularitySchema, granularitySchema } from '../granularity.js';
import { notMadeFor } from './role.js';
import {
  codesOnGrid,
  levelsOfGrid,
  onGrid,
  passOnGrid,
  valuesOnGrid,
  type Rounding,
  type UniformGrid,
} from './uniform-grid.js';

/** What both uniform quantizers take. */
interface UniformOptions {
  /** b; at 'float' weights stay as they are, and so do activations, but that 'positive' ones go through a ReLU. */
  readonly bits: Precision;
  /** Leaves out the lowest code of 'symmetric' and 'affine', so that a symmetric range has as many levels on both sides. */
  readonly narrow?: boolean;
  /** Where ties go: 'half-even' (the default), or up, as dissertation eq. 3.1 has it. */
  readonly rounding?: Rounding;
  /** How the range is made of data: all of it ('minmax', the default), all but a share, the least squared error, the least loss of information. */
  readonly calibration?: Calibration;
  /** Of 'percentile': how many of 100 values are not clipped, of each end of an 'affine' range; 99.99 unless given. */
  readonly percentile?: number;
  /** In training, what of the range a step keeps; the rest is taken from the least and greatest value of the batch. Left out, the range stays. */
  readonly momentum?: number;
}

/** Options of {@link uniformWeights}. */
export interface UniformWeightOptions extends UniformOptions {
  /** One range for the whole tensor unless given. */
  readonly granularity?: Granularity;
  /** 'symmetric' about 0 (the default), or 'affine': with a zero point. */
  readonly range?: 'symmetric' | 'affine';
}

/** Options of {@link uniformActivations}. */
export interface UniformActivationOptions extends UniformOptions {
  readonly granularity?: 'tensor' | 'channel';
  /** 'affine': with a zero point (the default); 'symmetric' about 0; 'positive': from 0 on, which is a ReLU, too. */
  readonly range?: GridKind['range'];
}

/** The smallest step that codes are computed with: that of a range that is nothing but 0. */
const LEAST_STEP = 2 ** -100;

const options = {
  bits: precisionSchema.describe('1 to 8 (symmetric or narrow: 2 to 8), or "float"'),
  narrow: z.boolean().optional().describe('leaves out the lowest code'),
  rounding: z.enum(['half-even', 'half-up']).optional().describe('where ties go'),
  calibration: z.enum(['minmax', 'percentile', 'mse', 'kl']).optional().describe('how the range is made of data'),
  percentile: z.number().gt(50).max(100).optional().describe('how many of 100 values are not clipped'),
  momentum: z.number().min(0).max(1).optional().describe('what of the range a training step keeps'),
};
const ranges = ['symmetric', 'affine', 'positive'] as const;
const weightSchema = z.strictObject({
  ...options,
  granularity: granularitySchema.optional(),
  range: z.enum(['symmetric', 'affine'], { error: "the range of weights is 'symmetric' or 'affine'" }).optional(),
});
const activationSchema = z.strictObject({
  ...options,
  granularity: activationGranularitySchema.optional(),
  range: z.enum(ranges).optional(),
});

/**
 * Uniform levels, on weights: x̂ = (c − z)·s with codes c = clip(round(x/s) + z, 0, C).
 *
 * - 'symmetric': s = high/(2^(b−1) − 1); codes of both signs, C = 2^b − 2 (narrow, the default: dissertation eq. 3.1) or 2^b − 1.
 * - 'affine': s = (high − low)/C, C = 2^b − 1 (narrow: 2^b − 2), the range widened to take in 0; the zero point z = round(−low/s) is a
 *   whole number, so that 0 is exactly a level (Jacob et al., CVPR 2018, eq. 1).
 *
 * Gradient: STE where x lies between the lowest and the highest level, both included, 0 elsewhere. The range is state that no gradient
 * trains; a calibrator makes it of data, and at other bits it stays. A range that is nothing but 0 has the level 0 for all that it holds.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float', or 1 where that leaves only 0; an option out of its range
 */
export function uniformWeights(given: UniformWeightOptions): Quantizer {
  return uniform(parseOptions(weightSchema, given, "quantizer 'uniform' (weights)"), 'weights');
}

/**
 * Uniform levels, on activations: as {@link uniformWeights}, 'affine' unless told otherwise; or
 * - 'positive': s = high/(2^b − 1), z = 0: x below 0 goes to 0 (dissertation eq. 3.1 for activations).
 *
 * With 'affine' or 'symmetric' it is no non-linearity: keep the model's own.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float', or 1 where that leaves only 0; an option out of its range
 */
export function uniformActivations(given: UniformActivationOptions): Quantizer {
  return uniform(parseOptions(activationSchema, given, "quantizer 'uniform' (activations)"), 'activations');
}

type Given = Omit<UniformActivationOptions, 'granularity'> & { readonly granularity?: Granularity };

function uniform(given: Given, role: 'weights' | 'activations'): Quantizer {
  const weights = role === 'weights';
  const { bits, granularity = 'tensor', range = weights ? 'symmetric' : 'affine' } = given;
  const { narrow = weights && range === 'symmetric', rounding = 'half-even' } = given;
  const { calibration = 'minmax', percentile = 99.99, momentum } = given;
  const where = `quantizer 'uniform' (${role})`;
  const kind = gridKind(bits === 'float' ? 8 : bits, range, narrow && range !== 'positive', where);
  const { top, zero } = kind;
  const gridOf = ({ step, zero: point }: Tensors): UniformGrid => ({ step: step!, zero: point ?? zero!, top });
  const blocks = (shape: readonly (number | null)[], channelAxis?: number) =>
    blocksOf(shape, granularity, channelAxis, where);

  return quantizerOf({
    name: 'uniform',
    bits,
    granularity,
    state: [
      ...(zero === undefined ? [{ name: 'low', initial: 0, trainable: false }] : []),
      { name: 'high', initial: 1, trainable: false },
    ],
    parameters(_x, { low, high }): Tensors {
      if (zero !== undefined) return { step: tf.maximum(tf.div(high!, top - zero), LEAST_STEP) };
      const [least, most] = [tf.minimum(low!, 0), tf.maximum(high!, 0)];
      // each end by itself, as their difference may be beyond float32
      const step = tf.maximum(tf.sub(tf.div(most, top), tf.div(least, top)), LEAST_STEP);
      return { step, zero: tf.add(tf.round(tf.minimum(tf.div(tf.neg(least), step), top)), 0) };
    },
    codes: (x, made) => codesOnGrid(x, gridOf(made), rounding),
    levels: (made) => levelsOfGrid(gridOf(made)),
    values: (codes, made) => valuesOnGrid(codes, gridOf(made)),
    onePass: (x, made) => onGrid(x, gridOf(made), rounding),
    backward: (dy, x, made) => ({ x: passOnGrid(dy, x, gridOf(made)) }),
    float: (x) => (range === 'positive' ? tf.relu(x) : tf.clone(x)),
    calibrator: rangeCalibrator({ kind, method: calibration, percentile, blocks, where }),
    ...(momentum !== undefined &&
      bits !== 'float' && {
        update: (x, { low, high }, at): Tensors => {
          const ofBlocks = (t: tf.Tensor) => tf.reshape(t, [...at.blocks.shape]);
          const averaged = (kept: tf.Tensor, now: tf.Tensor) =>
            tf.add(tf.mul(kept, momentum), tf.mul(ofBlocks(now), 1 - momentum));
          const axes = [...at.blocks.axes];
          const most = tf.max(range === 'symmetric' ? tf.abs(x) : x, axes);
          return {
            high: averaged(high!, tf.maximum(most, 0)),
            ...(low && { low: averaged(low, tf.minimum(tf.min(x, axes), 0)) }),
          };
        },
      }),
    withBits: (other) => uniform({ ...given, bits: other }, role),
    getConfig: () => ({
      ...{ bits, granularity, range, narrow, rounding, calibration, percentile },
      ...(momentum !== undefined && { momentum }),
    }),
  });
}

function gridKind(bits: number, range: GridKind['range'], narrow: boolean, where: string): GridKind {
  const top = 2 ** bits - (narrow ? 2 : 1);
  const half = 2 ** (bits - 1) - 1;
  if (top === 0 || (range === 'symmetric' && half === 0)) {
    throw new LowbitError('config', {
      what: `one bit leaves a ${narrow ? 'narrow' : 'symmetric'} range no level above 0`,
      where,
      received: bits,
      hint: 'give it 2 to 8 bits, or a quantizer that is made for one, such as bwn',
    });
  }
  const zero = { symmetric: narrow ? half : half + 1, affine: undefined, positive: 0 }[range];
  return { range, top, ...(zero !== undefined && { zero }) };
}

/** `{ quantizer: 'uniform', bits }` for weights or activations. */
export const uniformFactory = factory(
  z.strictObject({ ...options, granularity: granularitySchema.optional(), range: z.enum(ranges).optional() }),
  (given, role: Role): Quantizer => {
    if (role === 'gradients') throw notMadeFor('uniform', role);
    return role === 'weights'
      ? uniformWeights(given as UniformWeightOptions)
      : uniformActivations(given as UniformActivationOptions);
  },
);
