import type { Loss } from '@lowbit/plugin-api';
import {
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
  type Scalar,
  type Tensor1D,
} from '@tensorflow/tfjs-core';

/**
 * Mean over the batch of −Σ p log softmax(logits), p being 1 for the target's class. With label smoothing s, p is 1 − s + s/n
 * for the target's class and s/n for the n − 1 others (Szegedy et al., "Rethinking the Inception Architecture", 2016, section 7).
 *
 * Outputs: logits float32 [batch, classes]; targets: int32 [batch].
 */
export function softmaxCrossEntropy({ labelSmoothing = 0 } = {}): Loss {
  return (outputs, targets) => {
    const classes = outputs.shape.at(-1)!;
    const hard = oneHot(targets as Tensor1D, classes);
    const wanted = labelSmoothing === 0 ? hard : add(mul(hard, 1 - labelSmoothing), labelSmoothing / classes);
    return neg(mean(sum(mul(wanted, logSoftmax(outputs)), -1))) as Scalar;
  };
}

/** Mean of the squared differences over all values. Targets of the outputs' shape, or [batch] for outputs [batch, 1]. */
export function meanSquaredError(): Loss {
  return (outputs, targets) => mean(square(sub(outputs, reshape(targets, outputs.shape)))) as Scalar;
}
