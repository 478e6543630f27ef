import type { GradientTransform } from '@lowbit/plugin-api';
import { elementwise, type Arithmetic } from './elementwise.js';

/** The gradient as it is. */
export function sgd(): GradientTransform {
  return elementwise(() => (_math, gradient) => gradient);
}

/**
 * Momentum: v ← m·v + g, gives v, or g + m·v with Nesterov's look-ahead. As in TensorFlow, the rate multiplies the sum and not
 * what goes into it (Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013, with that
 * change).
 */
export function momentum({ momentum: m = 0.9, nesterov = false } = {}): GradientTransform {
  return elementwise(() => (math, gradient, at) => {
    const velocity = at.state('velocity', (old) => math.add(math.mul(old, m), gradient));
    return nesterov ? math.add(gradient, math.mul(velocity, m)) : velocity;
  });
}

/**
 * Adam (Kingma & Ba, 2015, algorithm 1): m̂ / (√v̂ + ε). The bias is corrected by powers of the stage's step count and not by
 * accumulated products, so that going on from a checkpoint is exact.
 */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = {}): GradientTransform {
  return elementwise((_variables, step) => {
    const t = step.stageIndex + 1;
    const correction1 = 1 - beta1 ** t;
    const correction2 = 1 - beta2 ** t;
    return (math, gradient, at) => {
      const square = math.mul(gradient, gradient);
      const m = at.state('first-moment', (old) => average(math, old, gradient, beta1));
      const v = at.state('second-moment', (old) => average(math, old, square, beta2));
      const root = math.sqrt(math.div(v, correction2));
      return math.div(math.div(m, correction1), math.add(root, epsilon));
    };
  });
}

/**
 * RMSProp (Tieleman & Hinton, 2012): g / √(average of g² + ε), with momentum after it. As in TensorFlow, ε is under the root;
 * the rate multiplies the sum and not what goes into it.
 */
export function rmsprop({ decay = 0.9, momentum: m = 0, epsilon = 1e-7 } = {}): GradientTransform {
  return elementwise(() => (math, gradient, at) => {
    const square = math.mul(gradient, gradient);
    const mean = at.state('mean-square', (old) => average(math, old, square, decay));
    const scaled = math.div(gradient, math.sqrt(math.add(mean, epsilon)));
    return m === 0 ? scaled : at.state('velocity', (old) => math.add(math.mul(old, m), scaled));
  });
}

function average<V>(math: Arithmetic<V>, old: V, value: V, keep: number): V {
  return math.add(math.mul(old, keep), math.mul(value, 1 - keep));
}
