import * as tf from '@tensorflow/tfjs-core';

/** table[index]: of the shape of `index`, int32, each in the range of the table. No gradient passes. */
export function lookup(table: tf.Tensor, index: tf.Tensor): tf.Tensor {
  return tf.gather(table as tf.Tensor1D, index as tf.Tensor1D);
}

/**
 * How many of its block's boundaries each value is above, by halving: float32 of the shape of x.
 *
 * @param x as a block's view has it
 * @param boundaries of the blocks, followed by at most 255 boundaries in ascending order
 * @param side what a value at a boundary counts as: not 'above' it, or above it too ('at')
 */
export function boundariesBelow(x: tf.Tensor, boundaries: tf.Tensor, side: 'above' | 'at' = 'above'): tf.Tensor {
  return tf.tidy(() => {
    const passes = side === 'above' ? tf.greater : tf.greaterEqual;
    const count = boundaries.shape.at(-1)!;
    const size = 2 ** Math.ceil(Math.log2(count + 1));
    const grid = boundaries.shape.slice(0, -1);
    // a row of `size` for each block, so that the steps of the search stay in it
    const never = tf.fill([...grid, size - count], Infinity);
    const table = tf.reshape(tf.concat([boundaries, never], -1), [-1]);
    const rows = tf.util.sizeFromShape(grid);
    const first = tf.reshape(tf.range(0, rows * size, size, 'int32'), grid);
    let below = tf.zeros(x.shape, 'int32');
    for (let half = size / 2; half >= 1; half /= 2) {
      const middle = lookup(table, tf.add(below, tf.add(first, tf.scalar(half - 1, 'int32'))));
      below = tf.add(below, tf.mul(tf.cast(passes(x, middle), 'int32'), tf.scalar(half, 'int32')));
    }
    return tf.cast(below, 'float32');
  });
}
