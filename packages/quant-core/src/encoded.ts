import type { Encoded, Precision } from '@lowbit/plugin-api';
import { LowbitError } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The values that codes stand for: float32 of the shape of `codes`, level by level out of the code book.
 *
 * The law: `decode(quantizer.encode(x, c))` equals `quantizer.quantize(x, c)` bit for bit.
 */
export function decode({ codes, codebook, axis }: Encoded): tf.Tensor {
  if (codes.size === 0) return tf.zeros(codes.shape);
  if (axis === undefined) return tf.gather(codebook as tf.Tensor1D, codes as tf.Tensor<tf.Rank.R1>);
  return tf.tidy(() => {
    const [groups, levels] = codebook.shape as [number, number];
    const rowStart = tf.mul(tf.range(0, groups, 1, 'int32'), tf.scalar(levels, 'int32'));
    const shape = codes.shape.map((size, i) => (i === axis ? size : 1));
    const index = tf.add(codes, tf.reshape(rowStart, shape));
    return tf.gather(tf.reshape(codebook, [groups * levels]), index as tf.Tensor<tf.Rank.R1>);
  });
}

/** Disposes the codes and the code book. */
export function disposeEncoded({ codes, codebook }: Encoded): void {
  tf.dispose([codes, codebook]);
}

/** The bits of a quantizer that is asked for codes. @throws LowbitError at 'float', which has none */
export function codedBits(bits: Precision, quantizer: string): number {
  if (bits !== 'float') return bits;
  throw new LowbitError('config', {
    what: 'a float quantizer has no codes',
    where: `quantizer '${quantizer}'`,
    hint: 'give it 1 to 8 bits, or store the values as they are',
  });
}

/** Refuses values that no code stands for. @throws LowbitError when `x` holds NaN or an infinity */
export function checkFinite(x: tf.Tensor, quantizer: string): void {
  if (x.size === 0 || tf.tidy(() => tf.all(tf.isFinite(x)).dataSync()[0])) return;
  throw new LowbitError('data', {
    what: 'NaN or an infinity cannot be encoded',
    where: `quantizer '${quantizer}', tensor of shape [${x.shape.join(', ')}]`,
    hint: 'find the step at which training diverged, or load the last good checkpoint',
  });
}
