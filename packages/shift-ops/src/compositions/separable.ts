import * as tf from '@tensorflow/tfjs-core';
import { outputSize, type ShiftImplementation } from '../implementation.js';
import { derivative, interpolation } from './axis.js';

/**
 * The shift as two batched matrix products: every channel's image times an interpolation matrix along its height, and one
 * along its width. Uses core ops that every backend has, reads no values back to the host, and holds for shifts of any size.
 */
export const separable: ShiftImplementation = {
  forward: (x, shifts, stride) =>
    tf.tidy(() => {
      const axes = axesOf(x.shape, shifts, stride);
      return apply(interpolation(axes.rows, axes.y), x, interpolation(axes.columns, axes.x), false);
    }),

  backpropInput: (dy, shifts, inputShape, stride) =>
    tf.tidy(() => {
      const axes = axesOf(inputShape, shifts, stride);
      return apply(interpolation(axes.rows, axes.y), dy, interpolation(axes.columns, axes.x), true);
    }),

  backpropShift: (dy, x, shifts, stride, integerOffset) =>
    tf.tidy(() => {
      // the sum of nothing is whatever lies in memory on TF.js's WASM backend
      if (dy.size === 0) return tf.zerosLike(shifts);
      const axes = axesOf(x.shape, shifts, stride);
      const vertical = derivative(axes.rows, axes.y, integerOffset);
      const horizontal = derivative(axes.columns, axes.x, integerOffset);
      const alongX = apply(vertical.smoothing, x, horizontal.difference, false);
      const alongY = apply(vertical.difference, x, horizontal.smoothing, false);
      const total = (slope: tf.Tensor4D) => tf.sum(tf.mul(dy, slope), [0, 1, 2]);
      return tf.stack([total(alongX), total(alongY)]) as tf.Tensor2D;
    }),
};

/** The offsets [channels, 1, 1], and where each input pixel lies from each output pixel along an axis, [1, outputs, inputs]. */
function axesOf([, height, width, channels]: number[], shifts: tf.Tensor2D, stride: number) {
  const [x, y] = tf.unstack(shifts).map((offsets) => tf.reshape(offsets, [channels!, 1, 1]));
  return { x: x!, y: y!, rows: distances(height!, stride), columns: distances(width!, stride) };
}

function distances(inputs: number, stride: number): tf.Tensor3D {
  const outputs = outputSize(inputs, stride);
  const from = Float32Array.from(
    { length: outputs * inputs },
    (_, k) => (k % inputs) - Math.floor(k / inputs) * stride,
  );
  return tf.tensor3d(from, [1, outputs, inputs]);
}

/** rows · X · columnsᵀ for every image and channel, or rowsᵀ · X · columns. */
function apply(rows: tf.Tensor, x: tf.Tensor4D, columns: tf.Tensor, transpose: boolean): tf.Tensor4D {
  const [n, , width, channels] = x.shape;
  const [height, newWidth] = transpose ? [rows.shape[2]!, columns.shape[2]!] : [rows.shape[1]!, columns.shape[1]!];
  if (n * height * newWidth * channels === 0) return tf.zeros([n, height, newWidth, channels]);
  const byChannel = tf.reshape(tf.transpose(x, [3, 1, 0, 2]), [channels, -1, n * width]);
  const tall = tf.reshape(tf.matMul(rows as tf.Tensor3D, byChannel as tf.Tensor3D, transpose), [
    channels,
    height * n,
    width,
  ]);
  const wide = tf.matMul(tall as tf.Tensor3D, columns as tf.Tensor3D, false, !transpose);
  return tf.transpose(tf.reshape(wide, [channels, height, n, newWidth]), [2, 1, 3, 0]);
}
