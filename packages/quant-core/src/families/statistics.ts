import * as tf from '@tensorflow/tfjs-core';
import type { Blocks } from '../blocks.js';

/** The smallest scale that codes are computed with, whatever an optimizer has made of it. */
export const LEAST_SCALE = 2 ** -24;
/** The largest one. */
const LARGEST_SCALE = 2 ** 128 - 2 ** 104;

/** A scale that was learned or fitted, within what codes can be computed with. */
export function usable(scale: tf.Tensor): tf.Tensor {
  return tf.clipByValue(scale, LEAST_SCALE, LARGEST_SCALE);
}

/** The mean of each block; 0 of an empty one, and where its sum overflows the largest float. */
export function meanOf(x: tf.Tensor, { axes, shape }: Blocks): tf.Tensor {
  return x.size === 0 ? tf.zeros([...shape]) : finite(tf.reshape(tf.mean(x, [...axes]), [...shape]));
}

/** The sum of each block; where it overflows the largest float. */
export function sumOf(x: tf.Tensor, { axes, shape }: Blocks): tf.Tensor {
  return x.size === 0 ? tf.zeros([...shape]) : finite(tf.reshape(tf.sum(x, [...axes]), [...shape]));
}

function finite(x: tf.Tensor): tf.Tensor {
  return tf.clipByValue(x, -LARGEST_SCALE, LARGEST_SCALE);
}

/** The largest magnitude of each block; 0 of an empty one. */
export function largestOf(x: tf.Tensor, { axes, shape }: Blocks): tf.Tensor {
  return x.size === 0 ? tf.zeros([...shape]) : tf.reshape(tf.max(tf.abs(x), [...axes]), [...shape]);
}

/**
 * 1 where a > b, 0 elsewhere, NaN where either is. The sign of a difference of floats is exact, and on WASM found several times as fast
 * as a comparison, of channels eighty times.
 */
export function above(a: tf.Tensor, b: tf.Tensor | number): tf.Tensor {
  return tf.step(tf.sub(a, b));
}

/** 1 where a ≤ b, 0 elsewhere, NaN where either is. */
export function atMost(a: tf.Tensor, b: tf.Tensor | number): tf.Tensor {
  return tf.sub(1, above(a, b));
}
