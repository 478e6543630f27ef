import { factory, LowbitError, type Precision, type Quantizer, type Role } from '@lowbit/plugin-api';
import { quantizerOf } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Surrogate } from '../quantizers/options.js';

/** A quantizer that keeps every rule: 2^b levels, 1 to 3 bits, in equal steps over [−clip, clip]; it has all that a quantizer may have. */
export function stepped({ bits }: { bits: Precision }): Quantizer {
  if (bits !== 'float' && !(Number.isInteger(bits) && bits >= 1 && bits <= 3)) {
    throw new LowbitError('config', { what: 'bits are 1 to 3 or "float"', received: bits });
  }
  const top = 2 ** (bits === 'float' ? 3 : bits) - 1;
  return quantizerOf({
    name: 'stepped',
    bits,
    state: [
      { name: 'clip', initial: 1, trainable: true, minimum: 0.01 },
      { name: 'mean', initial: 0, trainable: false },
    ],
    parameters: (_x, { clip }) => ({ clip: clip!, step: tf.div(tf.mul(clip!, 2), top) }),
    codes: (x, { clip, step }) =>
      tf.round(tf.div(tf.add(tf.clipByValue(tf.div(x, clip!), -1, 1), 1), tf.div(step!, clip!))),
    levels: ({ clip, step }) => tf.sub(tf.mul(tf.range(0, top + 1), step!), clip!),
    values: (codes, { clip, step }) => tf.sub(tf.mul(codes, step!), clip!),
    backward(dy, x, { clip }) {
      const inside = tf.less(tf.abs(x), clip!);
      return {
        x: tf.where(inside, dy, tf.zerosLike(dy)),
        clip: tf.sum(tf.where(inside, tf.zerosLike(dy), tf.mul(dy, tf.sign(x)))),
      };
    },
    fit: (x) => ({ clip: tf.maximum(tf.mul(tf.mean(tf.abs(x)), 2), 0.01), mean: tf.mean(x) }),
    update: (x, { mean }) => ({ mean: tf.add(tf.mul(mean!, 0.9), tf.mul(tf.mean(x), 0.1)) }),
    constrain: (w) => tf.clipByValue(w, -1, 1),
    outputScale: (x) => tf.mean(tf.abs(x), -1, true),
    withBits: (other) => stepped({ bits: other }),
    getConfig: () => ({ bits }),
  });
}

/** Its gradient, declared. */
export const steppedSurrogate: Surrogate = (x, { clip }) => tf.minimum(tf.maximum(x, tf.neg(clip!)), clip!);

/** The factory of a quantizer that is `stepped` with something changed, at every precision. */
export function changed(change: (quantizer: Quantizer) => Partial<Quantizer>) {
  const wrap = (quantizer: Quantizer): Quantizer => {
    const base: Quantizer = { ...quantizer, withBits: (bits) => wrap(quantizer.withBits(bits)) };
    return { ...base, ...change(base) };
  };
  return factory(z.strictObject({ bits: z.union([z.number(), z.literal('float')]) }), (options, _role: Role) =>
    wrap(stepped(options as { bits: Precision })),
  );
}
