import type { Loss } from '@lowbit/plugin-api';
import {
  customGrad,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  reshape,
  square,
  sub,
  sum,
  add,
  type GradSaveFunc,
  type Scalar,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import { crossEntropy, hasKernels } from './kernels.js';

/**
 * Mean over the batch of −Σ p log softmax(logits), p being 1 for the target's class. With label smoothing s, p is 1 − s + s/n
 * for the target's class and s/n for the n − 1 others (Szegedy et al., "Rethinking the Inception Architecture", 2016, section 7).
 *
 * Outputs: logits float32 [batch, classes]; targets: int32 [batch].
 */
export function softmaxCrossEntropy({ labelSmoothing = 0 } = {}): Loss {
  return (outputs, targets) => {
    const classes = outputs.shape.at(-1)!;
    const isPlain = outputs.rank === 2 && outputs.size > 0 && classes > 1 && targets.dtype === 'int32';
    if (isPlain && hasKernels(outputs)) return inOnePass(outputs, targets, labelSmoothing);
    const hard = oneHot(targets as Tensor1D, classes);
    const wanted = labelSmoothing === 0 ? hard : add(mul(hard, 1 - labelSmoothing), labelSmoothing / classes);
    return neg(mean(sum(mul(wanted, logSoftmax(outputs)), -1))) as Scalar;
  };
}

function inOnePass(outputs: Tensor, targets: Tensor, labelSmoothing: number): Scalar {
  // in float32, as the ops compute them
  const miss = Math.fround(labelSmoothing / outputs.shape.at(-1)!);
  const hit = Math.fround(Math.fround(1 - labelSmoothing) + miss);
  const op = customGrad((logits, save) => {
    const [value, gradient] = crossEntropy(logits as Tensor, targets, hit, miss);
    (save as GradSaveFunc)([gradient]);
    return { value, gradFunc: (dy: Tensor, [saved]: Tensor[]) => mul(saved!, dy) };
  });
  return op(outputs) as Scalar;
}

/** Mean of the squared differences over all values. Targets of the outputs' shape, or [batch] for outputs [batch, 1]. */
export function meanSquaredError(): Loss {
  return (outputs, targets) => mean(square(sub(outputs, reshape(targets, outputs.shape)))) as Scalar;
}
