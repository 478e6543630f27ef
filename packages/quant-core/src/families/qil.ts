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
import { precisionSchema, topCode } from '../bits.js';
import { quantizerOf, type FamilyContext, type FamilyState, type Gradients, type Tensors } from '../family.js';
import { activationGranularitySchema, granularitySchema } from '../granularity.js';
import { gradientInOnePass, hasGridKernels, numberOf, quantizeInOnePass, type GridAttributes } from './kernels.js';
import { ownGradient } from './own-gradient.js';
import { notMadeFor } from './role.js';
import { sumOfBlocks } from './uniform-grid.js';

/** Options of {@link qilActivations}. */
export interface QilActivationOptions {
  /** n; at 'float' the clip to the interval stays and the rounding goes. */
  readonly bits: Precision;
  /** One interval for the whole layer unless given. */
  readonly granularity?: 'tensor' | 'channel';
  /** c and d that training starts from, both or none; the full range of the data unless given. */
  readonly interval?: readonly [center: number, halfWidth: number];
  /** Multiplies the stage's learning rate for c, d and γ; 0.01 unless given. */
  readonly learningRateScale?: number;
}

/** Options of {@link qilWeights}. */
export interface QilWeightOptions extends Omit<QilActivationOptions, 'granularity'> {
  readonly granularity?: Granularity;
  /** γ: learned from 1 on ('learned', the default), or fixed. */
  readonly gamma?: 'learned' | number;
}

/** The least d and γ, after each update and in each use. */
const LEAST = 1e-6;
/** What the derivative takes for a smaller part of the interval, where γ < 1 makes it grow without bound. */
const LEAST_PART = 2 ** -24;

const options = {
  bits: precisionSchema.describe('activations: 1 to 8; weights: 2 to 8; or "float"'),
  interval: z.tuple([z.number(), z.number().positive()]).optional().describe('center and half width at the start'),
  learningRateScale: z.number().nonnegative().optional().describe("multiplies the stage's rate for the interval"),
};
const activationSchema = z.strictObject({ ...options, granularity: activationGranularitySchema.optional() });
const schema = z.strictObject({
  ...options,
  granularity: granularitySchema.optional(),
  gamma: z
    .union([z.literal('learned'), z.number().positive()], { error: "gamma is 'learned' or a number above 0" })
    .optional()
    .describe('weights: the exponent'),
});

/**
 * QIL: quantization-interval learning, on weights. With center c and half width d of an interval of |w|,
 * u = clip(|w|·0.5/d + 0.5 − 0.5·c/d, 0, 1), ŵ = u^γ·sign(w), w̄ = round(ŵ·q)/q with q = 2^(n−1) − 1: 2^n − 1 levels in [−1, 1], so that
 * a normalization must follow. Gradients: STE at the rounding, the true derivatives of ŵ in w, c, d and γ elsewhere; 0 for w, c and d
 * outside of the interval, whose ends count as inside. c = d = max|w|/2 at the start.
 * Jung et al., CVPR 2019, as the specification has it, after the papers that cite it (dissertation §4.3; MPA, table 3).
 *
 * @throws LowbitError bits other than 2 to 8 or 'float'; an option out of its range
 */
export function qilWeights(given: QilWeightOptions): Quantizer {
  return qil(parseOptions(schema, given, "quantizer 'qil' (weights)"), 'weights');
}

/**
 * QIL on activations: as {@link qilWeights} of x itself with γ = 1 and q = 2^n − 1: levels i/q in [0, 1]. c = d = max x/2 at the start.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'; an option out of its range
 */
export function qilActivations(given: QilActivationOptions): Quantizer {
  return qil(parseOptions(activationSchema, given, "quantizer 'qil' (activations)"), 'activations');
}

function qil(given: QilWeightOptions, role: 'weights' | 'activations'): Quantizer {
  const { bits, granularity = 'tensor', interval, learningRateScale = 0.01, gamma = 'learned' } = given;
  const signed = role === 'weights';
  if (signed && bits === 1) {
    throw new LowbitError('config', {
      what: "one bit leaves QIL's weights no level but 0: its levels are i/(2^(n−1) − 1)",
      where: "quantizer 'qil' (weights)",
      received: bits,
      hint: 'give it 2 to 8 bits, or take bwn or xnor',
    });
  }
  const top = topCode(bits === 'float' ? 8 : signed ? bits - 1 : bits);
  const zero = signed ? top : 0;
  const bends = signed && gamma !== 1;
  const learnsGamma = signed && gamma === 'learned';
  const piece = { trainable: true, learningRateScale };
  const [center, halfWidth] = interval ?? [0.5, 0.5];
  const state: FamilyState[] = [
    { name: 'center', initial: center, ...piece },
    { name: 'halfWidth', initial: halfWidth, minimum: LEAST, ...piece },
    ...(learnsGamma ? [{ name: 'gamma', initial: 1, minimum: LEAST, ...piece }] : []),
  ];

  const parameters = (_x: tf.Tensor, { center: c, halfWidth: d, gamma: exponent }: Tensors): Tensors => {
    const half = tf.maximum(d!, LEAST);
    const start = tf.sub(c!, half);
    if (!bends) return { center: c!, start, width: tf.mul(half, 2) };
    const used = learnsGamma ? tf.maximum(exponent!, LEAST) : tf.scalar(gamma as number);
    return { center: c!, start, width: tf.mul(half, 2), gamma: used };
  };
  const partOf = (x: tf.Tensor, { start, width }: Tensors) =>
    tf.clipByValue(tf.div(tf.sub(signed ? tf.abs(x) : x, start!), width!), 0, 1);
  const clipped = (x: tf.Tensor, made: Tensors) => {
    const part = intervalOf(x, made);
    return part ? quantizeInOnePass(x, { ...part, rounding: 'none' }) : partOf(x, made);
  };
  /** ŵ, or x̂. */
  const mapped = (x: tf.Tensor, made: Tensors) => {
    const part = bends ? tf.pow(partOf(x, made), made.gamma!) : partOf(x, made);
    return signed ? tf.mul(part, signOf(x)) : part;
  };

  return quantizerOf({
    name: 'qil',
    bits,
    granularity,
    state,
    floatTakesState: !signed,
    parameters,
    codes: (x, made) => tf.add(tf.round(tf.mul(mapped(x, made), top)), zero),
    // divided on the host: a GPU's division may be off by a bit
    levels: () => tf.tensor1d(Float32Array.from({ length: zero + top + 1 }, (_, code) => (code - zero) / top)),
    values: (codes) => tf.div(tf.sub(codes, zero), top),
    onePass: (x, made) => {
      const part = !signed && intervalOf(x, made);
      return part ? quantizeInOnePass(x, { ...part, factor: top, over: top, rounding: 'half-even' }) : undefined;
    },
    backward: (dy, x, made, context) =>
      signed ? gradientsOfWeights(dy, x, made, partOf(x, made), context) : gradientsOfActivations(dy, x, made, context),
    ...(!signed && {
      float: (x: tf.Tensor, { center: c, halfWidth: d }: Tensors, context: FamilyContext) => {
        const made = (input: tf.Tensor, ofC: tf.Tensor, ofD: tf.Tensor) =>
          parameters(input, { center: ofC, halfWidth: ofD });
        return ownGradient(
          [x, c!, d!],
          (...held) => clipped(held[0]!, made(held[0]!, held[1]!, held[2]!)),
          (dy, ...held) => {
            const of = gradientsOfActivations(dy, held[0]!, made(held[0]!, held[1]!, held[2]!), context);
            return [of.x, of.center!, of.halfWidth!];
          },
        );
      },
    }),
    ...(!interval && {
      fit: (x, { blocks }): Tensors => {
        const most = tf.max(signed ? tf.abs(x) : x, [...blocks.axes]);
        const half = tf.reshape(tf.maximum(tf.div(most, 2), LEAST), [...blocks.shape]);
        return { center: half, halfWidth: half, ...(learnsGamma && { gamma: tf.onesLike(half) }) };
      },
    }),
    withBits: (other) => qil({ ...given, bits: other }, role),
    getConfig: () => ({
      bits,
      granularity,
      ...(interval && { interval }),
      learningRateScale,
      ...(signed && { gamma }),
    }),
  });
}

/** −1, 0 or 1. Not `tf.sign`, whose WASM kernel takes what is below 1e-7 for 0. */
function signOf(x: tf.Tensor): tf.Tensor {
  return tf.sub(tf.cast(tf.greater(x, 0), 'float32'), tf.cast(tf.less(x, 0), 'float32'));
}

/** Gradients of u = (v − start)/width within [0, 1], or of u·sign, where g is dL/du and v what the interval is of. */
function gradientsOfPart(
  g: tf.Tensor,
  v: tf.Tensor,
  { center, start, width }: Tensors,
  { blocks }: FamilyContext,
  sign?: tf.Tensor,
): Gradients {
  const unclipped = tf.div(tf.sub(v, start!), width!);
  const inside = tf.logicalAnd(tf.greaterEqual(unclipped, 0), tf.lessEqual(unclipped, 1));
  const slope = tf.div(tf.where(inside, g, tf.zerosLike(g)), width!);
  const ofInterval = sign ? tf.mul(slope, sign) : slope;
  // du/dd = −0.5·(v − c)/d²
  const offset = tf.div(tf.sub(v, center!), width!);
  return {
    x: slope,
    center: tf.neg(sumOfBlocks(ofInterval, blocks)),
    halfWidth: tf.mul(sumOfBlocks(tf.mul(ofInterval, offset), blocks), -2),
  };
}

/** The interval as kernels take it, where they can. */
function intervalOf(x: tf.Tensor, { start, width }: Tensors): GridAttributes | undefined {
  if (!hasGridKernels(x, start!, width!)) return undefined;
  return { shift: numberOf(start!), step: numberOf(width!), low: 0, high: 1 };
}

function gradientsOfActivations(dy: tf.Tensor, x: tf.Tensor, made: Tensors, context: FamilyContext): Gradients {
  const interval = intervalOf(x, made);
  if (!interval) return gradientsOfPart(dy, x, made, context);
  const { dx, sums } = gradientInOnePass(dy, x, { ...interval, over: interval.step });
  const ofBlocks = (sum: tf.Tensor, by: number) =>
    tf.reshape(tf.mul(sum, by / interval.step), [...context.blocks.shape]);
  // (x − c)/width is half less than where x lies between the ends
  const offset = tf.sub(sums.ratio, tf.mul(sums.inside, 0.5));
  return { x: dx, center: ofBlocks(sums.inside, -1), halfWidth: ofBlocks(offset, -2) };
}

function gradientsOfWeights(
  dy: tf.Tensor,
  w: tf.Tensor,
  made: Tensors,
  part: tf.Tensor,
  context: FamilyContext,
): Gradients {
  const [magnitude, sign, { gamma }] = [tf.abs(w), signOf(w), made];
  if (!gamma) return gradientsOfPart(dy, magnitude, made, context, sign);
  const least = tf.maximum(part, LEAST_PART);
  const raised = tf.pow(least, gamma);
  const ofPart = tf.mul(dy, tf.mul(gamma, tf.div(raised, least)));
  const ofGamma = tf.where(tf.greater(part, 0), tf.mul(raised, tf.log(least)), tf.zerosLike(part));
  return {
    ...gradientsOfPart(ofPart, magnitude, made, context, sign),
    gamma: sumOfBlocks(tf.mul(tf.mul(dy, sign), ofGamma), context.blocks),
  };
}

/** `{ quantizer: 'qil', bits }` for weights or activations. */
export const qilFactory = factory(schema, (given, role: Role): Quantizer => {
  if (role === 'gradients') throw notMadeFor('qil', role);
  return role === 'weights' ? qilWeights(given) : qilActivations(given as QilActivationOptions);
});
