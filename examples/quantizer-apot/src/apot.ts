import { LowbitError, factory, parseOptions, type Granularity, type Quantizer, type Role } from '@lowbit/plugin-api';
import { quantizerOf } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { magnitudes } from './levels.js';

/** Options of {@link apot}. */
export interface ApotOptions {
  /** 2 to 8, one of which is the sign; at 'float' weights stay as they are. */
  readonly bits: 2 | 3 | 4 | 5 | 6 | 7 | 8 | 'float';
  /** One clip for the whole tensor unless given. */
  readonly granularity?: Extract<Granularity, string>;
}

const schema = z.strictObject({
  bits: z.union([z.literal([2, 3, 4, 5, 6, 7, 8]), z.literal('float')], { error: "bits are 2 to 8, or 'float'" }),
  granularity: z.enum(['tensor', 'channel']).optional(),
});

/** The smallest clip, whatever an optimizer has made of it. */
const LEAST_CLIP = 2 ** -24;

/**
 * Additive powers of two: ŵ = α·Π(clip(w/α, −1, 1)), Π the nearest of the levels ±{@link magnitudes}, of which a product is a few shifts
 * and additions. Where two are equally near, the smaller. The clip α is learned.
 *
 * Gradients (the reparameterized clipping function, eq. 6): dw = g where |w| < α, else 0; dα = Σ g·(sign w | Π(w/α) − w/α), outside and
 * inside of the clip. The paper normalizes weights and starts α at 3; here weights are as they are and α starts at 3 of their standard
 * deviations, which is the same clip.
 *
 * Li, Dong, Wang: "Additive Powers-of-Two Quantization: An Efficient Non-uniform Discretization for Neural Networks", ICLR 2020.
 *
 * @throws LowbitError bits other than 2 to 8 or 'float'
 */
export function apot(options: ApotOptions): Quantizer {
  const { bits, granularity = 'tensor' } = parseOptions(schema, options, "quantizer 'apot'");
  const positive = magnitudes(bits === 'float' ? 7 : bits - 1);
  const zero = positive.length - 1; // the code of the level 0
  const levels = [
    ...positive
      .slice(1)
      .map((level) => -level)
      .reverse(),
    ...positive,
  ];
  return quantizerOf({
    name: 'apot',
    bits,
    granularity,
    state: [{ name: 'clip', initial: 1, trainable: true, minimum: LEAST_CLIP }],
    parameters: (_w, { clip }) => ({ clip: tf.maximum(clip!, LEAST_CLIP) }),
    codes: (w, { clip }) => tf.add(tf.mul(nearest(tf.abs(tf.div(w, clip!)), positive), tf.sign(w)), zero),
    levels: ({ clip }) => tf.mul(tf.expandDims(clip!, -1), tf.tensor1d(levels)),
    backward(dy, w, { clip }, { blocks }) {
      const ratio = tf.div(w, clip!);
      const inside = tf.less(tf.abs(ratio), 1);
      const quantized = tf.mul(
        tf.gather(tf.tensor1d(positive), tf.cast(nearest(tf.abs(ratio), positive), 'int32')),
        tf.sign(w),
      );
      const slope = tf.sub(quantized, tf.where(inside, ratio, tf.zerosLike(ratio)));
      const sum = tf.sum(tf.mul(dy, slope), [...blocks.axes], true);
      return { x: tf.where(inside, dy, tf.zerosLike(dy)), clip: tf.reshape(sum, clip!.shape) };
    },
    fit: (w, { blocks }) => {
      const { variance } = tf.moments(w, [...blocks.axes], true);
      return { clip: tf.maximum(tf.reshape(tf.mul(tf.sqrt(variance), 3), [...blocks.shape]), LEAST_CLIP) };
    },
    withBits: (other) => apot({ bits: other as ApotOptions['bits'], granularity }),
    getConfig: () => ({ bits, granularity }),
  });
}

/** The index of the nearest of ascending values, 2^n of them: a binary search among the middles between them. */
function nearest(x: tf.Tensor, values: readonly number[]): tf.Tensor {
  const middles = values.map((value, i) => (i + 1 < values.length ? (value + values[i + 1]!) / 2 : Infinity));
  let index: tf.Tensor = tf.zeros(x.shape, 'int32');
  for (let step = values.length / 2; step >= 1; step /= 2) {
    const middle = tf.gather(tf.tensor1d(middles), tf.add(index, tf.scalar(step - 1, 'int32')) as tf.Tensor1D);
    index = tf.add(index, tf.mul(tf.cast(tf.greater(x, middle), 'int32'), tf.scalar(step, 'int32')));
  }
  return tf.cast(index, 'float32');
}

/** `{ quantizer: 'apot', bits }` for weights. */
export const apotFactory = factory(schema, (options, role: Role) => {
  if (role === 'weights') return apot(options);
  throw new LowbitError('config', {
    what: `quantizer 'apot' is not made for ${role}`,
    where: "quantizer 'apot'",
    received: role,
    hint: 'give it to weights',
  });
});
