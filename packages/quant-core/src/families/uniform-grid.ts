import * as tf from '@tensorflow/tfjs-core';
import { gradientInOnePass, hasGridKernels, numberOf, quantizeInOnePass, type GridAttributes } from './kernels.js';

/** Where a value half-way between two levels goes: to the even code, or up (dissertation eq. 3.1). */
export type Rounding = 'half-even' | 'half-up';

/** Levels at equal distances: code c, from 0 to top, stands for (c − zero)·step. */
export interface UniformGrid {
  /** Of the blocks, above 0. */
  readonly step: tf.Tensor;
  /** The code of 0, a whole number in [0, top]; of the blocks if a tensor. */
  readonly zero: tf.Tensor | number;
  readonly top: number;
}

/** Codes of x: round(clip(x/step, −zero, top − zero)) + zero. The sum leaves no −0. */
export function codesOnGrid(
  x: tf.Tensor,
  { step, zero, top }: UniformGrid,
  rounding: Rounding = 'half-even',
): tf.Tensor {
  const ratio = tf.div(x, step);
  const clipped =
    typeof zero === 'number'
      ? tf.clipByValue(ratio, -zero, top - zero)
      : tf.minimum(tf.maximum(ratio, tf.neg(zero)), tf.sub(top, zero));
  return tf.add(rounding === 'half-even' ? tf.round(clipped) : tf.floor(tf.add(clipped, 0.5)), zero);
}

/** What codes stand for. */
export function valuesOnGrid(codes: tf.Tensor, { step, zero }: UniformGrid): tf.Tensor {
  return tf.mul(tf.sub(codes, zero), step);
}

/** What every code stands for: of the blocks, followed by the levels. */
export function levelsOfGrid({ step, zero, top }: UniformGrid): tf.Tensor {
  const codes = tf.range(0, top + 1, 1, 'float32');
  const from = typeof zero === 'number' ? zero : tf.expandDims(zero, -1);
  return tf.mul(tf.sub(codes, from), tf.expandDims(step, -1));
}

/** What the codes of x stand for, in one pass where there is a kernel and one grid for all of x. */
export function onGrid(x: tf.Tensor, grid: UniformGrid, rounding: Rounding = 'half-even'): tf.Tensor | undefined {
  const reach = reachOf(x, grid);
  return reach && quantizeInOnePass(x, { ...reach, scale: reach.step, rounding });
}

/** A grid as kernels take it, where they can. */
export function reachOf(x: tf.Tensor, { step, zero, top }: UniformGrid): GridAttributes | undefined {
  if (!hasGridKernels(x, step, ...(typeof zero === 'number' ? [] : [zero]))) return undefined;
  const point = typeof zero === 'number' ? zero : numberOf(zero);
  return { step: numberOf(step), low: -point, high: top - point };
}

/** dy where x lies on the grid, both ends included, 0 where it was clipped. */
export function passOnGrid(dy: tf.Tensor, x: tf.Tensor, grid: UniformGrid): tf.Tensor {
  const reach = reachOf(x, grid);
  if (reach) return gradientInOnePass(dy, x, reach).dx;
  const { step, zero, top } = grid;
  const ratio = tf.div(x, step);
  const [low, high] = typeof zero === 'number' ? [-zero, top - zero] : [tf.neg(zero), tf.sub(top, zero)];
  const inside = tf.logicalAnd(tf.greaterEqual(ratio, low), tf.lessEqual(ratio, high));
  return tf.where(inside, dy, tf.zerosLike(dy));
}

/** The sum of each block's values, of the blocks. */
export function sumOfBlocks(
  x: tf.Tensor,
  { axes, shape }: { axes: readonly number[]; shape: readonly number[] },
): tf.Tensor {
  return tf.reshape(tf.sum(x, [...axes]), [...shape]);
}

/** dy where low ≤ x ≤ high, 0 elsewhere. @param high of the blocks */
export function passBetween(dy: tf.Tensor, x: tf.Tensor, low: number, high: tf.Tensor): tf.Tensor {
  if (hasGridKernels(x, high)) return gradientInOnePass(dy, x, { step: 1, low, high: numberOf(high) }).dx;
  const inside = tf.logicalAnd(tf.greaterEqual(x, low), tf.lessEqual(x, high));
  return tf.where(inside, dy, tf.zerosLike(dy));
}
