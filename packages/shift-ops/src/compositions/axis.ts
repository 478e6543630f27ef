import * as tf from '@tensorflow/tfjs-core';
import type { IntegerOffset } from '../options.js';

/**
 * What the pixel at each of `positions` weighs in the linear interpolation at `offset`: max(0, 1 − |position − offset|),
 * computed from floor(offset), so that the weights are those of the kernels bit for bit, however far the offset.
 *
 * @param positions whole numbers, of a shape that broadcasts with that of `offset`
 */
export function interpolation(positions: tf.Tensor, offset: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const { fraction, from } = split(positions, offset);
    return weigh(is(from, 0), tf.sub(1, fraction), is(from, 1), fraction);
  });
}

/**
 * What each pixel weighs in the derivative by this axis' offset (`difference`), and in the interpolation along this axis
 * within the derivative by the other one (`smoothing`).
 */
export function derivative(
  positions: tf.Tensor,
  offset: tf.Tensor,
  integerOffset: IntegerOffset,
): { difference: tf.Tensor; smoothing: tf.Tensor } {
  return tf.tidy(() => {
    const { fraction, from } = split(positions, offset);
    const above = is(from, 1);
    const before = is(from, 0);
    const whole = is(fraction, 0);
    // at an integer offset the neighbour before is the one further back
    const further = weigh(is(from, -1), whole, before, tf.sub(1, whole));
    const size = integerOffset === 'central' ? tf.sub(1, tf.div(whole, 2)) : 1;
    return {
      difference: tf.mul(tf.sub(above, integerOffset === 'one-sided' ? before : further), size),
      smoothing: weigh(integerOffset === 'reference' ? further : before, tf.sub(1, fraction), above, fraction),
    };
  });
}

/** Splits an offset into its whole part and its fraction; `from` counts positions from the whole part. */
function split(positions: tf.Tensor, offset: tf.Tensor) {
  const whole = tf.floor(offset);
  return { fraction: tf.sub(offset, whole), from: tf.sub(positions, whole) };
}

function is(values: tf.Tensor, value: number): tf.Tensor {
  return tf.cast(tf.equal(values, value), 'float32');
}

function weigh(first: tf.Tensor, a: tf.Tensor, second: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(first, a), tf.mul(second, b));
}
