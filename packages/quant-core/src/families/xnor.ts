import {
  factory,
  parseOptions,
  type Granularity,
  type QuantizeContext,
  type Quantizer,
  type Role,
} from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { inputAxis } from '../blocks.js';
import { quantizerOf, type FamilyContext } from '../family.js';
import { bwnGradients, bwnShape, countOf, scaledSign } from './bwn.js';
import { notMadeFor } from './role.js';
import { xnorActivations, xnorActivationShape } from './xnor-activations.js';

/** Options of {@link xnorWeights}. */
export interface XnorWeightOptions {
  /** 1 unless given; 'float' leaves the weights as they are. */
  readonly bits?: 1 | 'float';
  /** What shares one α; each output filter unless given. */
  readonly granularity?: Granularity;
  /** 'paper' (the default) and 'exact' as of `bwnWeights`; 'author' as the authors' code has it for SGD, see {@link xnorWeights}. */
  readonly gradient?: 'paper' | 'exact' | 'author';
}

const weightShape = {
  ...bwnShape,
  gradient: z
    .enum(['paper', 'exact', 'author'])
    .optional()
    .describe('of the weights: as printed, by the chain rule, or as coded'),
};
const weightSchema = z.strictObject(weightShape);

/**
 * XNOR-Net's weights: those of BWN, of latent weights that are centred over the input channels and kept in [−1, 1] after each update,
 * as the authors' code does before each step. Over a single input channel they are not centred, which would leave nothing of them.
 *
 * Gradient 'author': dWᵢ = gᵢ·(α·1{|Wᵢ| < 1} + 1/n)·(1 − 1/c_in)·n, n the weights in a filter, c_in the input channels. The factor n is
 * the code's for SGD; to Adam it makes no difference.
 *
 * Rastegari et al., ECCV 2016; allenai/XNOR-Net, util.lua.
 *
 * @throws LowbitError bits other than 1 or 'float'; an unknown or bad option
 */
export function xnorWeights(options: XnorWeightOptions = {}): Quantizer {
  const checked = parseOptions(weightSchema, options, "quantizer 'xnor' (weights)");
  const { bits = 1, granularity = 'channel', gradient = 'paper' } = checked;
  const gradientOf = { ...bwnGradients, author: authorGradient }[gradient];
  return quantizerOf({
    name: 'xnor',
    bits,
    granularity,
    ...scaledSign,
    backward: (dy, x, { scale }, context) => ({ x: gradientOf(dy, x, scale!, context) }),
    ...(bits !== 'float' && { constrain: centred }),
    withBits: (other) => xnorWeights({ ...checked, bits: other } as XnorWeightOptions),
    getConfig: () => ({ bits, granularity, gradient }),
  });
}

function authorGradient(dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, context: FamilyContext): tf.Tensor {
  const { shape, channelAxis } = context;
  const inputs = shape[inputAxis(shape.length, channelAxis)] ?? 1;
  const count = countOf(context);
  const inside = tf.step(tf.sub(1, tf.abs(x)));
  const ofCentring = inputs > 1 ? 1 - 1 / inputs : 1;
  return tf.mul(dy, tf.mul(tf.add(tf.mul(inside, scale), 1 / count), ofCentring * count));
}

function centred(w: tf.Tensor, { channelAxis = w.rank - 1 }: QuantizeContext = {}): tf.Tensor {
  return tf.tidy(() => {
    const axis = inputAxis(w.rank, channelAxis);
    const around = axis >= 0 && w.shape[axis]! > 1 ? tf.sub(w, tf.mean(w, axis, true)) : w;
    return tf.clipByValue(around, -1, 1);
  });
}

/** `{ quantizer: 'xnor', bits: 1 }` for weights or activations. */
export const xnorFactory = factory(
  z.strictObject({ ...weightShape, ...xnorActivationShape }),
  (options, role: Role): Quantizer => {
    if (role === 'weights') return xnorWeights(options as XnorWeightOptions);
    if (role === 'activations') return xnorActivations(options as Parameters<typeof xnorActivations>[0]);
    throw notMadeFor('xnor', role);
  },
);
