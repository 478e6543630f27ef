import * as tf from '@tensorflow/tfjs-core';
import {
  BatchNormApply,
  BatchNormClipQuantize,
  BatchNormTrainingGrad,
  PointwiseBatchNormGrad,
  run,
} from './kernels.js';
import type { PendingNorm } from './layers/fusion.js';

/** Batch normalization by given statistics; the gradient is that of the batch's own. For tensors that have kernels. */
export function normalize(norm: PendingNorm): tf.Tensor {
  return differentiable(norm, (inputs, attributes) => [run<tf.Tensor>(BatchNormApply, inputs, attributes)]);
}

/** Batch normalization and the clip of `clipInOnePass` in one pass, and one pass less backwards. */
export function normalizeAndClip(norm: PendingNorm, top: number): tf.Tensor {
  return differentiable(
    norm,
    (inputs, attributes) =>
      run<tf.Tensor[]>(BatchNormClipQuantize, inputs, { ...attributes, top }) as [tf.Tensor, tf.Tensor],
  );
}

type NormInputs = Record<'x' | 'mean' | 'variance' | 'gamma' | 'beta', tf.Tensor>;

/**
 * @param compute gives the result, and marks of where the gradient passes if it does not everywhere
 */
function differentiable(
  { x, mean, variance, epsilon, gamma, beta, convolution }: PendingNorm,
  compute: (inputs: NormInputs, attributes: { epsilon: number }) => [value: tf.Tensor, inside?: tf.Tensor],
): tf.Tensor {
  const left = convolution && { input: convolution.input, filter: convolution.filter };
  const op = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const [scale, offset] = args.slice(-2) as [tf.Tensor, tf.Tensor];
    const [value, inside] = compute({ x, mean, variance, gamma: scale, beta: offset }, { epsilon });
    const kept = { x, mean, variance, gamma: scale, ...left, ...(inside && { inside }) };
    save(Object.values(kept));
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const inputs = Object.fromEntries(Object.keys(kept).map((name, i) => [name, saved[i]!]));
      const kernel = convolution ? PointwiseBatchNormGrad : BatchNormTrainingGrad;
      return run<tf.Tensor[]>(kernel, { dy, ...inputs }, { epsilon });
    };
    return { value, gradFunc };
  });
  return convolution ? op(convolution.input, convolution.filter, gamma, beta) : op(x, gamma, beta);
}
