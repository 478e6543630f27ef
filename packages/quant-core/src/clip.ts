import * as tf from '@tensorflow/tfjs-core';
import { ClipQuantize, ClipQuantizeGrad, run } from './kernels.js';

/** As `top`: clip to [0, 1] and do not round. */
export const CLIP = 0;

/** As `top`: ReLU, or clip to [0, most]; its gradient is 0 where x is 0. @param most above 0 */
export function reluUpTo(most = Infinity): number {
  return -most;
}

/**
 * Clip to [0, 1] and rounding to a multiple of 1/top, with a mark for each value kept for the gradient and not the value. For tensors
 * that have kernels.
 */
export function clipInOnePass(x: tf.Tensor, top: number): tf.Tensor {
  const op = tf.customGrad((input, save) => {
    const [value, inside] = run<tf.Tensor[]>(ClipQuantize, { x: input as tf.Tensor }, { top }) as [
      tf.Tensor,
      tf.Tensor,
    ];
    (save as tf.GradSaveFunc)([inside]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) => run<tf.Tensor>(ClipQuantizeGrad, { dy, inside: saved! });
    return { value, gradFunc };
  });
  return op(x);
}
