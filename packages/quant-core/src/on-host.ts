import { canRunPrograms } from '@lowbit/webgpu-host';
import * as tf from '@tensorflow/tfjs-core';
import type { Blocks } from './blocks.js';

// What has to be known before the next call returns. TF.js's WebGPU backend reads at once only what the host still holds (values that
// were not used yet, or that `await x.data()` has fetched) or, in a window, through a canvas; so nothing is computed on the way.

/** Whether no value of x is NaN or an infinity. */
export function allFinite(x: tf.Tensor): boolean {
  if (canRunPrograms(tf.backend())) return x.dataSync<'float32'>().every(Number.isFinite);
  return tf.tidy(() => tf.all(tf.isFinite(x)).dataSync()[0] !== 0);
}

/** The least and the greatest value of each block. @param x as {@link Blocks.view} shapes it */
export function extremesOfBlocks(x: tf.Tensor, blocks: Blocks): { min: ArrayLike<number>; max: ArrayLike<number> } {
  if (canRunPrograms(tf.backend())) {
    const each = valuesOfBlocks(x, blocks);
    return {
      min: each.map((values) => values.reduce((a, b) => Math.min(a, b))),
      max: each.map((values) => values.reduce((a, b) => Math.max(a, b))),
    };
  }
  const axes = [...blocks.axes];
  return tf.tidy(() => ({ min: tf.min(x, axes).dataSync(), max: tf.max(x, axes).dataSync() }));
}

/** The values of each block, block after block. @param x as {@link Blocks.view} shapes it */
export function valuesOfBlocks(x: tf.Tensor, { axes }: Blocks): Float32Array[] {
  const values = x.dataSync<'float32'>();
  if (axes.length === x.rank) return [values];
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const [starts, within] = [placesAlong(kept, x.shape), placesAlong(axes, x.shape)];
  return Array.from(starts, (start) => Float32Array.from(within, (place) => values[start + place]!));
}

/** Where in a tensor's values lies what has index 0 along all axes but these. */
function placesAlong(axes: readonly number[], shape: readonly number[]): Int32Array {
  return axes.reduce((places, axis) => {
    const [size, stride] = [shape[axis]!, tf.util.sizeFromShape(shape.slice(axis + 1))];
    return Int32Array.from(
      { length: places.length * size },
      (_, i) => places[Math.floor(i / size)]! + (i % size) * stride,
    );
  }, new Int32Array(1));
}
