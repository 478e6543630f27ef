import { parseOptions, type Granularity, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { quantizerOf, type Family, type FamilyContext } from '../family.js';
import { granularitySchema } from '../granularity.js';
import { bitsFrom } from './fixed-bits.js';
import { signGrid } from './grids.js';
import { forWeights } from './role.js';
import { atMost, meanOf, sumOf } from './statistics.js';

/** Options of {@link bwnWeights}. */
export interface BwnOptions {
  /** 1 unless given; 'float' leaves the weights as they are. */
  readonly bits?: 1 | 'float';
  /** What shares one α; each output filter unless given. */
  readonly granularity?: Granularity;
  /** 'paper' (the default), or 'exact', the chain rule; see {@link bwnWeights}. */
  readonly gradient?: 'paper' | 'exact';
}

/** What the options of BWN and of XNOR-Net's weights have in common. */
export const bwnShape = {
  bits: bitsFrom(1, 1).optional().describe('1, or "float"'),
  granularity: granularitySchema.optional(),
};

const schema = z.strictObject({
  ...bwnShape,
  gradient: z.enum(['paper', 'exact']).optional().describe('of the weights: as printed, or by the chain rule'),
});

/**
 * BWN: binary-weight network. W̃ = α·sign(W), α = mean|W| of each output filter, sign(0) = +1. Gradients, of g = dL/dW̃ and n weights in
 * a filter:
 *
 * - paper: dWᵢ = gᵢ·(1/n + α·1{|Wᵢ| ≤ 1})
 * - exact: dWᵢ = sign(Wᵢ)/n · Σⱼ gⱼ·sign(Wⱼ) + α·gᵢ·1{|Wᵢ| ≤ 1}
 *
 * Rastegari et al., ECCV 2016, eq. 6 and §3.1. The first and the last layer are float there.
 *
 * @throws LowbitError bits other than 1 or 'float'; an unknown or bad option
 */
export function bwnWeights(options: BwnOptions = {}): Quantizer {
  const checked = parseOptions(schema, options, "quantizer 'bwn'");
  const { bits = 1, granularity = 'channel', gradient = 'paper' } = checked;
  return quantizerOf({
    name: 'bwn',
    bits,
    granularity,
    ...scaledSign,
    backward: (dy, x, { scale }, context) => ({ x: bwnGradients[gradient](dy, x, scale!, context) }),
    withBits: (other) => bwnWeights({ ...checked, bits: other as 1 } as BwnOptions),
    getConfig: () => ({ bits, granularity, gradient }),
  });
}

/** α·sign(W) with α = mean|W|. */
export const scaledSign = {
  parameters: (x, _state, { blocks }) => ({ scale: meanOf(tf.abs(x), blocks) }),
  codes: (x, { scale }) => signGrid.codes(x, scale!),
  levels: ({ scale }) => signGrid.levels(scale!),
  values: (codes, { scale }) => signGrid.values(codes, scale!),
} satisfies Partial<Family>;

/** dL/dW of α·sign(W), of dL/dW̃. */
export const bwnGradients = {
  paper: (dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, context: FamilyContext): tf.Tensor => {
    const inside = atMost(tf.abs(x), 1);
    return tf.mul(dy, tf.add(tf.mul(inside, scale), 1 / countOf(context)));
  },
  exact: (dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, context: FamilyContext): tf.Tensor => {
    const inside = atMost(tf.abs(x), 1);
    const sign = signGrid.values(signGrid.codes(x, scale), tf.scalar(1));
    const ofScale = tf.div(sumOf(tf.mul(dy, sign), context.blocks), countOf(context));
    return tf.add(tf.mul(sign, ofScale), tf.mul(tf.mul(dy, inside), scale));
  },
};

/** n: how many weights share an α. */
export function countOf({ shape, blocks }: FamilyContext): number {
  return tf.util.sizeFromShape([...shape]) / tf.util.sizeFromShape([...blocks.shape]);
}

/** `{ quantizer: 'bwn', bits: 1 }` for weights. */
export const bwnFactory = forWeights('bwn', schema, (options) => bwnWeights(options as BwnOptions));
