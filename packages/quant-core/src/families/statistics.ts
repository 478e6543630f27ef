import * as tf from '@tensorflow/tfjs-core';
import type { Blocks } from '../blocks.js';

/** The mean of each block; 0 of an empty one. */
export function meanOf(x: tf.Tensor, { axes, shape }: Blocks): tf.Tensor {
  return x.size === 0 ? tf.zeros([...shape]) : tf.reshape(tf.mean(x, [...axes]), [...shape]);
}

/** The sum of each block. */
export function sumOf(x: tf.Tensor, { axes, shape }: Blocks): tf.Tensor {
  return x.size === 0 ? tf.zeros([...shape]) : tf.reshape(tf.sum(x, [...axes]), [...shape]);
}

/** The largest magnitude of each block; 0 of an empty one. */
export function largestOf(x: tf.Tensor, { axes, shape }: Blocks): tf.Tensor {
  return x.size === 0 ? tf.zeros([...shape]) : tf.reshape(tf.max(tf.abs(x), [...axes]), [...shape]);
}

/** 1 where a comparison holds, 0 elsewhere. */
export function indicator(holds: tf.Tensor): tf.Tensor {
  return tf.cast(holds, 'float32');
}
