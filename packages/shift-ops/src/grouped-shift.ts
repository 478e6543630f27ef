import { parseOptions } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { implementation } from './kernels.js';
import { checkImages, groupedShiftOptions, type GroupedShiftOptions } from './options.js';

/**
 * The fixed offsets of the grouped shift, [2, channels] row-major (x, then y): with k = kernelSize, channel
 * c < k² · ⌊channels / k²⌋ reads from (c mod k − ⌊k / 2⌋, ⌊c / k⌋ mod k − ⌊k / 2⌋); the channels left over stay in place.
 *
 * Source: Wu et al., "Shift: A Zero FLOP, Zero Parameter Alternative to Spatial Convolutions"; the cyclic assignment is that
 * of the authors' code (the paper allows any).
 */
export function groupedOffsets(channels: number, kernelSize = 3): Float32Array {
  const groups = kernelSize * kernelSize;
  const half = Math.floor(kernelSize / 2);
  const moved = groups * Math.floor(channels / groups);
  const offsets = new Float32Array(2 * channels);
  for (let c = 0; c < moved; c++) {
    offsets[c] = (c % kernelSize) - half;
    offsets[channels + c] = (Math.floor(c / kernelSize) % kernelSize) - half;
  }
  return offsets;
}

/**
 * Grouped shift: every channel of the images is moved by a whole, fixed offset of {@link groupedOffsets}; zero comes in from
 * outside. Differentiable to `x` (the opposite move).
 *
 * @param x float32 [n, height, width, channels]
 * @returns float32 [n, ⌈height / stride⌉, ⌈width / stride⌉, channels]
 * @throws LowbitError another shape or type, an unknown or bad option
 */
export function groupedShift(x: tf.Tensor4D, options: GroupedShiftOptions = {}): tf.Tensor4D {
  const { stride, kernelSize } = parseOptions(groupedShiftOptions, options, 'groupedShift', 'usage');
  checkImages(x, 'groupedShift');
  const { shape } = x;
  const offsets = () => tf.tensor2d(groupedOffsets(shape[3], kernelSize), [2, shape[3]]);
  const op = tf.customGrad((images) => ({
    value: implementation().forward(images as tf.Tensor4D, offsets(), stride),
    gradFunc: (dy: tf.Tensor) => implementation().backpropInput(dy as tf.Tensor4D, offsets(), shape, stride),
  }));
  return op(x) as tf.Tensor4D;
}
