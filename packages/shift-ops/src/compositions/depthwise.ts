import * as tf from '@tensorflow/tfjs-core';
import type { ImageShape, ShiftImplementation } from '../implementation.js';
import { derivative, interpolation } from './axis.js';
import { separable } from './separable.js';

/** Beyond this radius (7 × 7 taps) the matrix products are the better way. */
const MAX_RADIUS = 3;

/**
 * The shift as a depthwise convolution with the kernel K_c[u, v] = max(0, 1 − |u − y_c|) · max(0, 1 − |v − x_c|): one native
 * op each way on backends that have it. Reads the shifts to find the kernel's radius, so it is for backends where that costs
 * nothing. Hands over to the matrix products when a shift is far.
 */
export const depthwise: ShiftImplementation = {
  forward(x, shifts, stride) {
    const radius = radiusOf(x, shifts, Math.ceil);
    if (!(radius <= MAX_RADIUS)) return separable.forward(x, shifts, stride);
    return tf.tidy(() => tf.depthwiseConv2d(padded(x, radius), kernelOf(shifts, radius), stride, 'valid'));
  },

  backpropInput(dy, shifts, inputShape, stride) {
    const radius = radiusOf(dy, shifts, Math.ceil);
    if (!(radius <= MAX_RADIUS)) return separable.backpropInput(dy, shifts, inputShape, stride);
    return tf.tidy(() => {
      const inputs = { dy, filter: kernelOf(shifts, radius) };
      const attributes = { ...convolution(stride), inputShape: paddedShape(inputShape, radius) };
      const dx: tf.Tensor4D = tf.engine().runKernel(tf.DepthwiseConv2dNativeBackpropInput, inputs, attributes);
      return tf.slice(dx, [0, radius, radius, 0], inputShape);
    });
  },

  backpropShift(dy, x, shifts, stride, integerOffset) {
    const radius = radiusOf(x, shifts, (size) => Math.floor(size) + 1);
    if (!(radius <= MAX_RADIUS)) return separable.backpropShift(dy, x, shifts, stride, integerOffset);
    return tf.tidy(() => {
      const side = 2 * radius + 1;
      const inputs = { x: padded(x, radius), dy };
      const attributes = { ...convolution(stride), filterShape: [side, side, x.shape[3], 1] };
      const products: tf.Tensor = tf.engine().runKernel(tf.DepthwiseConv2dNativeBackpropFilter, inputs, attributes);
      const axes = axesOf(shifts, radius);
      const horizontal = derivative(axes.positions, axes.x, integerOffset);
      const vertical = derivative(axes.positions, axes.y, integerOffset);
      const total = (kernel: tf.Tensor4D) => tf.reshape(tf.sum(tf.mul(products, kernel), [0, 1]), [-1]);
      const alongX = total(outer(vertical.smoothing, horizontal.difference));
      const alongY = total(outer(vertical.difference, horizontal.smoothing));
      return tf.stack([alongX, alongY]) as tf.Tensor2D;
    });
  },
};

/** The largest reach of a shift; not a number when a shift is not finite, or when there are no images (native ops refuse them). */
function radiusOf(images: tf.Tensor4D, shifts: tf.Tensor2D, reach: (size: number) => number): number {
  if (images.size === 0) return NaN;
  return shifts.dataSync<'float32'>().reduce((radius, shift) => Math.max(radius, reach(Math.abs(shift))), 0);
}

function convolution(stride: number) {
  return { strides: [stride, stride], pad: 'valid', dilations: [1, 1] };
}

function padded(x: tf.Tensor4D, radius: number): tf.Tensor4D {
  const sides: [number, number] = [radius, radius];
  return tf.pad4d(x, [[0, 0], sides, sides, [0, 0]]);
}

function paddedShape([n, height, width, channels]: ImageShape, radius: number): ImageShape {
  return [n, height + 2 * radius, width + 2 * radius, channels];
}

/** The offsets [1, channels], and the positions −radius … radius of the kernel along an axis, [side, 1]. */
function axesOf(shifts: tf.Tensor2D, radius: number) {
  const positions = tf.range(-radius, radius + 1, 1, 'float32');
  const [x, y] = tf.split(shifts, 2, 0);
  return { x: x!, y: y!, positions: tf.expandDims(positions, 1) };
}

function kernelOf(shifts: tf.Tensor2D, radius: number): tf.Tensor4D {
  const { x, y, positions } = axesOf(shifts, radius);
  return outer(interpolation(positions, y), interpolation(positions, x));
}

/** [side, side, channels, 1] from what rows and columns weigh, [side, channels] each. */
function outer(rows: tf.Tensor, columns: tf.Tensor): tf.Tensor4D {
  const kernel = tf.mul(tf.expandDims(rows, 1), tf.expandDims(columns, 0));
  return tf.expandDims(kernel, 3);
}
