import * as tf from '@tensorflow/tfjs-core';
import type { Blocks } from '../blocks.js';

/**
 * Fits each block of x by itself, on the host.
 *
 * @param x as `Blocks.view` shapes it
 * @param fit gives as many numbers for each block
 * @returns of the blocks, followed by an axis of what `fit` gives unless that is a number
 */
export function fitBlocks(
  x: tf.Tensor,
  { axes, shape }: Blocks,
  fit: (values: Float32Array) => number | readonly number[],
): tf.Tensor {
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const blocks = tf.util.sizeFromShape([...shape]);
  const data = (kept.length === 0 ? x : tf.transpose(x, [...kept, ...axes])).dataSync() as Float32Array;
  const size = data.length / blocks;
  const fitted = Array.from({ length: blocks }, (_, i) => fit(data.subarray(i * size, (i + 1) * size)));
  const first = fitted[0];
  return tf.tensor(
    Float32Array.from(fitted.flat() as number[]),
    typeof first === 'number' ? [...shape] : [...shape, first!.length],
  );
}
