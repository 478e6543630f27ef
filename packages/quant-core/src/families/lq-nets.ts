import { factory, parseOptions, type Granularity, type Precision, type Quantizer, type Role } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { precisionSchema } from '../bits.js';
import { quantizerOf, type FamilyContext, type Tensors } from '../family.js';
import { activationGranularitySchema, granularitySchema } from '../granularity.js';
import { atTable, codesByTable, refit, tableOf, type Digits, type LevelTable } from './lq-basis.js';
import { notMadeFor } from './role.js';
import { passBetween } from './uniform-grid.js';

/** Options of {@link lqNetsActivations}. */
export interface LqNetsActivationOptions {
  /** K; at 'float' weights stay as they are, and activations go through a ReLU. */
  readonly bits: Precision;
  /** One basis for the whole layer unless given. */
  readonly granularity?: 'tensor' | 'channel';
  /** What the basis starts as: for values of a unit normal distribution ('normal', the default), or fitted to the data ('data'). */
  readonly initial?: 'normal' | 'data';
  /** What of the old basis an update keeps; 0.9 unless given. */
  readonly average?: number;
}

/** Options of {@link lqNetsWeights}. */
export interface LqNetsWeightOptions extends Omit<LqNetsActivationOptions, 'granularity'> {
  /** One basis for each output channel unless given. */
  readonly granularity?: Granularity;
}

/** Quartile of a unit normal distribution's magnitude. */
const QUARTILE = 0.6745;
/** ε of the least squares of weights; activations have none. */
const RIDGE = 1e-4;
/** Steps of a fit that is not averaged. */
const STEPS = 8;

const options = {
  bits: precisionSchema.describe('1 to 8, or "float"'),
  initial: z.enum(['normal', 'data']).optional().describe('what the basis starts as'),
  average: z.number().min(0).max(1).optional().describe('what of the old basis an update keeps'),
};
const activationSchema = z.strictObject({ ...options, granularity: activationGranularitySchema.optional() });
const schema = z.strictObject({ ...options, granularity: granularitySchema.optional() });

/**
 * LQ-Nets on weights: levels Σ_j v_j·b_j with b_j = ±1 and a learned basis v of K numbers, for each output channel unless told otherwise.
 * A value goes to the nearest level, half-way to the lower. Gradient: STE, unmasked. No gradient trains v: after each forward pass in
 * training `update` makes one QEM step, v ← 0.9·v + 0.1·v*, v* the least squares of w by the codes that the pass had (ε = 1e-4; v where
 * that is singular). v_j = 2^j·0.6745·√(2/n)/2^(K−1) at the start, n = kernel places · output channels. At other bits than it was made
 * for a basis of that length is fitted to what is quantized.
 * Zhang et al., ECCV 2018, and the authors' code; slides "Lightweighting", LQ-Nets.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'; an option out of its range
 */
export function lqNetsWeights(given: LqNetsWeightOptions): Quantizer {
  return lqNets(parseOptions(schema, given, "quantizer 'lq-nets' (weights)"), 'weights');
}

/**
 * LQ-Nets on activations: as {@link lqNetsWeights} with b_j = 0 or 1 and one basis for the layer, ε = 0, v_i = 2^i·2·0.6745/(2^K − 1) at
 * the start. The gradient passes where 0 ≤ x ≤ the top level (below 0 it is a ReLU's, which the paper has before the quantizer).
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'; an option out of its range
 */
export function lqNetsActivations(given: LqNetsActivationOptions): Quantizer {
  return lqNets(parseOptions(activationSchema, given, "quantizer 'lq-nets' (activations)"), 'activations');
}

function lqNets(given: LqNetsWeightOptions, role: 'weights' | 'activations', madeFor = given.bits): Quantizer {
  const signed = role === 'weights';
  const { bits, granularity = signed ? 'channel' : 'tensor', initial = 'normal', average = 0.9 } = given;
  const digits: Digits = signed ? [-1, 1] : [0, 1];
  const ridge = signed ? RIDGE : 0;
  // what a layer holds is a basis of the length that the quantizer was made for; at float it has no use for one
  const held = madeFor === 'float' ? 1 : madeFor;
  const length = bits === 'float' ? held : bits;

  /** 2^j·scale of the blocks. */
  const doubling = (scale: tf.Tensor, count: number) => {
    const powers = tf.tensor1d(Array.from({ length: count }, (_, j) => 2 ** j));
    return tf.reshape(tf.mul(tf.reshape(scale, [-1, 1]), powers), [...scale.shape, count]);
  };
  const fitted = (x: tf.Tensor, basis: tf.Tensor, { blocks }: FamilyContext) => {
    let best = basis;
    for (let step = 0; step < STEPS; step++) best = refit(x, best, digits, ridge, blocks);
    return best;
  };
  const normal = (x: tf.Tensor, context: FamilyContext) => {
    const scale = signed
      ? (QUARTILE * Math.sqrt(2 / fanOut(x, context))) / 2 ** (held - 1)
      : (2 * QUARTILE) / (2 ** held - 1);
    return doubling(tf.fill([...context.blocks.shape], scale), held);
  };
  const fromData = (x: tf.Tensor, context: FamilyContext) => {
    const { blocks } = context;
    const mean = tf.reshape(tf.mean(signed ? tf.abs(x) : tf.relu(x), [...blocks.axes]), [...blocks.shape]);
    // as far from 0 as the levels of `normal` would be, were x normal
    return fitted(x, doubling(tf.mul(mean, signed ? 1 / 2 ** (held - 1) : 4 / (2 ** held - 1)), held), context);
  };

  return quantizerOf({
    name: 'lq-nets',
    bits,
    granularity,
    state: [{ name: 'basis', initial: 1, trainable: false, within: [held] }],
    parameters(x, { basis }, context): Tensors {
      if (length === held) return { ...tableOf(basis!, digits) };
      const reach = tf.div(tf.sum(tf.abs(basis!), -1), 2 ** length - 1);
      return { ...tableOf(fitted(x, doubling(reach, length), context), digits) };
    },
    codes: (x, table, { blocks }) => codesByTable(x, asTable(table), blocks),
    levels: ({ levels }) => levels!,
    onePass: (x, table, { blocks }) => atTable(x, asTable(table), blocks),
    backward(dy, x, { levels }) {
      if (signed) return { x: tf.clone(dy) };
      return { x: passBetween(dy, x, 0, tf.max(levels!, -1)) };
    },
    fit: (x, context) => ({ basis: initial === 'data' ? fromData(x, context) : normal(x, context) }),
    ...(bits === madeFor &&
      bits !== 'float' && {
        update: (x, { basis }, { blocks }): Tensors => {
          const best = refit(x, basis!, digits, ridge, blocks);
          const [old, now] = [basis!, best].map((each) => tf.reshape(each, [-1]));
          return { basis: tf.add(tf.mul(old!, average), tf.mul(now!, 1 - average)) };
        },
      }),
    float: (x) => (signed ? tf.clone(x) : tf.relu(x)),
    withBits: (other) => lqNets({ ...given, bits: other }, role, madeFor),
    getConfig: () => ({ bits, granularity, initial, average }),
  });
}

function asTable({ levels, thresholds }: Tensors): LevelTable {
  return { levels: levels!, thresholds: thresholds! };
}

/** Places of a kernel times its output channels: its size without the input channels. */
function fanOut(view: tf.Tensor, { blocks, channelAxis }: FamilyContext): number {
  const { shape, size } = blocks.unview(view);
  const inputs = channelAxis === shape.length - 1 ? shape.length - 2 : shape.length - 1;
  return size / (shape[inputs] ?? 1);
}

/** `{ quantizer: 'lq-nets', bits }` for weights or activations. */
export const lqNetsFactory = factory(schema, (given, role: Role): Quantizer => {
  if (role === 'gradients') throw notMadeFor('lq-nets', role);
  return role === 'weights' ? lqNetsWeights(given) : lqNetsActivations(given as LqNetsActivationOptions);
});
