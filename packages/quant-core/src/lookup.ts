import * as tf from '@tensorflow/tfjs-core';
import { hasKernels, hostOf, registerKernels, run } from './kernels.js';

// TF.js's own gather takes many times as long for single values on WASM: see assembly/lookup.ts.

/** table[index]: inputs { table, index }. */
export const Lookup = 'Lookup';
/** Ranks in rows of a table: inputs { x, table } and, unless there is one row for all, { starts }; attributes { row, at }. */
export const RankInRow = 'RankInRow';

registerKernels({
  [Lookup]({ inputs: { table, index }, backend }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const y = output(index!.shape);
    exports.lookup(address(table!), address(index!), address(y), tf.util.sizeFromShape(index!.shape));
    return y;
  },
  [RankInRow]({ inputs: { x, table, starts }, backend, attrs }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const y = output(x!.shape);
    const { row, at } = attrs as { row: number; at: boolean };
    const size = tf.util.sizeFromShape(x!.shape);
    const begins = starts ? address(starts) : 0;
    exports.rankInRow(address(x!), address(table!), begins, address(y), size, row, Number(at));
    return y;
  },
});

/** table[index] of the shape of `index`, int32, each in the range of the table, which is float32. No gradient passes. */
export function lookup(table: tf.Tensor1D, index: tf.Tensor): tf.Tensor {
  if (hasKernels(table, Lookup)) return run(Lookup, { table, index });
  return tf.gather(table, index as tf.Tensor1D);
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
    const count = boundaries.shape.at(-1)!;
    const row = 2 ** Math.ceil(Math.log2(count + 1));
    const grid = boundaries.shape.slice(0, -1);
    // a row of a power of two for each block, so that the steps of the search stay in it; nothing is above NaN
    const table = tf.reshape(tf.concat([boundaries, tf.fill([...grid, row - count], NaN)], -1), [-1]) as tf.Tensor1D;
    const rows = tf.util.sizeFromShape(grid);
    const starts = tf.reshape(tf.range(0, rows * row, row, 'int32'), grid);
    const startOf = () => tf.add(tf.zeros(x.shape, 'int32'), starts);
    if (hasKernels(x, RankInRow)) {
      return run(RankInRow, { x, table, ...(rows > 1 && { starts: startOf() }) }, { row, at: side === 'at' });
    }
    const passes = side === 'above' ? tf.greater : tf.greaterEqual;
    let place = startOf();
    for (let half = row / 2; half >= 1; half /= 2) {
      const middle = lookup(table, tf.add(place, tf.scalar(half - 1, 'int32')));
      place = tf.add(place, tf.mul(tf.cast(passes(x, middle), 'int32'), tf.scalar(half, 'int32')));
    }
    return tf.cast(tf.sub(place, starts), 'float32');
  });
}
