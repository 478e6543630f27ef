import { parseOptions } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { implementation } from './kernels.js';
import { checkImages, checkShifts, shiftOptions, type ShiftOptions } from './options.js';
import { limitShiftGradient } from './shift-gradient.js';

/**
 * Active shift: every channel of the images is moved by an offset of its own, which may be fractional and is learned.
 *
 * out[n, i, j, c] is the bilinear interpolation of channel c at row i · stride + y_c, column j · stride + x_c, zero outside
 * the image: a positive x moves the content to the left. The output is [n, ⌈height / stride⌉, ⌈width / stride⌉, channels].
 * Differentiable to `x` and to `shifts`. The same bits each time on one backend.
 *
 * Source: Jeon and Kim, "Constructing Fast Network through Deconstruction of Convolution" (active shift layer); conventions of
 * the L-SSPQ authors' custom op. An offset that is not finite gives NaN.
 *
 * @param x float32 [n, height, width, channels]
 * @param shifts float32 [2, channels] in pixels: row 0 holds x (along the width), row 1 holds y (along the height)
 * @throws LowbitError another shape or type, an unknown or bad option
 */
export function activeShift(x: tf.Tensor4D, shifts: tf.Tensor2D, options: ShiftOptions = {}): tf.Tensor4D {
  return learnedShift('activeShift', x, shifts, options, (offsets) => offsets);
}

/**
 * Sparse shift: the images are moved by the offsets rounded to whole pixels (half to even), and the offsets are learned by
 * the bilinear derivative at their real values. The gradient to `x` is the transpose of what was computed: the opposite move.
 *
 * Source: Chen et al., "All You Need is a Few Shifts: Designing Efficient Convolutional Neural Networks for Image
 * Classification" (sparse shift layer), without its L1 penalty, which `sparseShift2d` has as an option.
 *
 * @param x float32 [n, height, width, channels]
 * @param shifts float32 [2, channels] in pixels: row 0 holds x (along the width), row 1 holds y (along the height)
 * @returns float32 [n, ⌈height / stride⌉, ⌈width / stride⌉, channels]
 * @throws LowbitError another shape or type, an unknown or bad option
 */
export function sparseShift(x: tf.Tensor4D, shifts: tf.Tensor2D, options: ShiftOptions = {}): tf.Tensor4D {
  return learnedShift('sparseShift', x, shifts, options, (offsets) => tf.round(offsets));
}

function learnedShift(
  name: string,
  x: tf.Tensor4D,
  shifts: tf.Tensor2D,
  options: ShiftOptions,
  applied: (shifts: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor4D {
  const { stride, shiftGradient, integerOffset } = parseOptions(shiftOptions, options, name, 'usage');
  checkImages(x, name);
  checkShifts(x, shifts, name);
  const op = tf.customGrad((...args) => {
    const [images, offsets, save] = args as unknown as [tf.Tensor4D, tf.Tensor2D, tf.GradSaveFunc];
    save([images, offsets]);
    return {
      value: implementation().forward(images, applied(offsets), stride),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [input, at] = saved as [tf.Tensor4D, tf.Tensor2D];
        const { backpropInput, backpropShift } = implementation();
        const toShifts = backpropShift(dy as tf.Tensor4D, input, at, stride, integerOffset);
        return [
          backpropInput(dy as tf.Tensor4D, applied(at), input.shape, stride),
          limitShiftGradient(toShifts, shiftGradient),
        ];
      },
    };
  });
  return op(x, shifts) as tf.Tensor4D;
}
