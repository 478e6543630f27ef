import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { IntegerOffset } from './options.js';

/** [n, height, width, channels] */
export type ImageShape = [number, number, number, number];

/** One way to compute the active shift and its derivatives. `shifts` is [2, channels], images are [n, height, width, channels]. */
export interface ShiftImplementation {
  /** out[n, i, j, c] = x[n, i · stride + y_c, j · stride + x_c, c], bilinear, zero outside the image. */
  forward(x: Tensor4D, shifts: Tensor2D, stride: number): Tensor4D;
  /** The transpose of `forward`, applied to the gradient dy of its output. */
  backpropInput(dy: Tensor4D, shifts: Tensor2D, inputShape: ImageShape, stride: number): Tensor4D;
  /** The gradient to the shifts, [2, channels]. */
  backpropShift(dy: Tensor4D, x: Tensor4D, shifts: Tensor2D, stride: number, integerOffset: IntegerOffset): Tensor2D;
}

/** Output pixels along an axis: ⌊(size − 1) / stride⌋ + 1. */
export function outputSize(size: number, stride: number): number {
  return Math.ceil(size / stride);
}

/** The shape of what a shift with `stride` makes of `shape`. */
export function outputShape([n, height, width, channels]: ImageShape, stride: number): ImageShape {
  return [n, outputSize(height, stride), outputSize(width, stride), channels];
}
