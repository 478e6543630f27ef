import type { GradientTransform } from '@lowbit/plugin-api';
import { add, div, mul, sqrt, square, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { mapGradients } from './chain.js';

/** The gradient as it is. */
export function sgd(): GradientTransform {
  return (gradients) => gradients;
}

/**
 * Momentum: v ← m·v + g, gives v, or g + m·v with Nesterov's look-ahead. As in TensorFlow, the rate multiplies the sum and not
 * what goes into it (Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013, with that
 * change).
 */
export function momentum({ momentum: m = 0.9, nesterov = false } = {}): GradientTransform {
  return (gradients, _variables, step) =>
    mapGradients(gradients, (gradient, variable) => {
      const velocity = update(step.slot('velocity', variable), (old) => add(mul(old, m), gradient));
      return nesterov ? add(gradient, mul(velocity, m)) : velocity;
    });
}

/**
 * Adam (Kingma & Ba, 2015, algorithm 1): m̂ / (√v̂ + ε). The bias is corrected by powers of the stage's step count and not by
 * accumulated products, so that going on from a checkpoint is exact.
 */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = {}): GradientTransform {
  return (gradients, _variables, step) => {
    const t = step.stageIndex + 1;
    const correction1 = 1 - beta1 ** t;
    const correction2 = 1 - beta2 ** t;
    return mapGradients(gradients, (gradient, variable) => {
      const m = update(step.slot('first-moment', variable), (old) => average(old, gradient, beta1));
      const v = update(step.slot('second-moment', variable), (old) => average(old, square(gradient), beta2));
      return div(div(m, correction1), add(sqrt(div(v, correction2)), epsilon));
    });
  };
}

/**
 * RMSProp (Tieleman & Hinton, 2012): g / √(average of g² + ε), with momentum after it. As in TensorFlow, ε is under the root;
 * the rate multiplies the sum and not what goes into it.
 */
export function rmsprop({ decay = 0.9, momentum: m = 0, epsilon = 1e-7 } = {}): GradientTransform {
  return (gradients, _variables, step) =>
    mapGradients(gradients, (gradient, variable) => {
      const mean = update(step.slot('mean-square', variable), (old) => average(old, square(gradient), decay));
      const scaled = div(gradient, sqrt(add(mean, epsilon)));
      return m === 0 ? scaled : update(step.slot('velocity', variable), (old) => add(mul(old, m), scaled));
    });
}

function average(old: Tensor, value: Tensor, keep: number): Tensor {
  return add(mul(old, keep), mul(value, 1 - keep));
}

function update(slot: Variable, next: (old: Tensor) => Tensor): Tensor {
  const value = next(slot);
  slot.assign(value);
  return value;
}
