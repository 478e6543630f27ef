import * as tf from '@tensorflow/tfjs-core';
import { topCode } from '../bits.js';

/** Levels that one scale a block stretches. A scale of 0 makes all of them 0. */
export interface Grid {
  /** Codes of x, whole numbers from 0, float32. */
  codes(x: tf.Tensor, scale: tf.Tensor): tf.Tensor;
  /** The levels of each block, along an axis of their own. */
  levels(scale: tf.Tensor): tf.Tensor;
  /** What codes stand for: the bits of `levels`. */
  values(codes: tf.Tensor, scale: tf.Tensor): tf.Tensor;
}

/** −scale and scale: the sign, of 0 too it is +1. */
export const signGrid: Grid = {
  codes: (x) => tf.sub(1, tf.step(tf.neg(x))),
  levels: (scale) => stretched(tf.tensor1d([-1, 1]), scale),
  values: (codes, scale) => tf.mul(tf.sub(tf.mul(codes, 2), 1), scale),
};

/** 2^bits levels at even distances from −scale to scale, zero not among them: specification "Quantizers" §3. */
export function evenGrid(bits: number): Grid {
  const top = topCode(bits);
  // divided on the host: a GPU's division may be off by a bit
  const units = Float32Array.from({ length: top + 1 }, (_, code) => (2 * code - top) / top);
  return {
    codes: (x, scale) => {
      const unit = tf.add(tf.div(tf.clipByValue(tf.div(x, positive(scale)), -1, 1), 2), 0.5);
      return tf.round(tf.mul(unit, top));
    },
    levels: (scale) => stretched(tf.tensor1d(units), scale),
    values: (codes, scale) => tf.mul(tf.div(tf.sub(tf.mul(codes, 2), top), top), scale),
  };
}

/** The multiples of `scale` from −M to M, M = 2^(bits−1) − 1: 2^bits − 1 levels, zero among them. Ties round to even. */
export function stepGrid(bits: number): Grid {
  const most = lastStep(bits);
  return {
    codes: (x, scale) => tf.add(tf.round(tf.clipByValue(tf.div(x, positive(scale)), -most, most)), most),
    levels: (scale) => stretched(tf.range(-most, most + 1), scale),
    values: (codes, scale) => tf.mul(tf.sub(codes, most), scale),
  };
}

/** M of {@link stepGrid}. */
export function lastStep(bits: number): number {
  return 2 ** (bits - 1) - 1;
}

/** The magnitudes of a grid's levels at scale 1, ascending. */
export function magnitudes(bits: number, zero: boolean): number[] {
  if (zero) return Array.from({ length: lastStep(bits) + 1 }, (_, i) => i);
  const top = topCode(bits);
  return Array.from({ length: 2 ** (bits - 1) }, (_, i) => (2 * i + 1) / top);
}

function stretched(units: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  return tf.mul(units, tf.expandDims(scale, -1));
}

function positive(scale: tf.Tensor): tf.Tensor {
  return tf.where(tf.greater(scale, 0), scale, tf.onesLike(scale));
}
