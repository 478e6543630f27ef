import * as tf from '@tensorflow/tfjs-core';
import type { Blocks } from '../blocks.js';
import { valuesOfBlocks } from '../on-host.js';

/**
 * Fits each block of x by itself, on the host.
 *
 * @param x as `Blocks.view` shapes it
 * @param fit gives as many numbers for each block
 * @returns of the blocks, followed by an axis of what `fit` gives unless that is a number
 */
export function fitBlocks(
  x: tf.Tensor,
  blocks: Blocks,
  fit: (values: Float32Array) => number | readonly number[],
): tf.Tensor {
  const fitted = valuesOfBlocks(x, blocks).map(fit);
  const first = fitted[0];
  return tf.tensor(
    Float32Array.from(fitted.flat() as number[]),
    typeof first === 'number' ? [...blocks.shape] : [...blocks.shape, first!.length],
  );
}
