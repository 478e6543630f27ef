import type { GradientTransform } from '@lowbit/plugin-api';
import { add, mul } from '@tensorflow/tfjs-core';
import { mapGradients } from './chain.js';
import { selector } from './select.js';

/**
 * Adds rate · w to the gradient of the selected variables. Before an optimizer that is the gradient of the L2 penalty
 * rate · ‖w‖² / 2, which the papers use; after it, it is decoupled weight decay (Loshchilov & Hutter, AdamW, 2019).
 *
 * `on` is 'kernels' (the default), 'all', or a regular expression for names `layer/weight`.
 *
 * @throws LowbitError ('config') `on` is not a regular expression
 */
export function weightDecay({ rate, on = 'kernels' }: { rate: number; on?: string }): GradientTransform {
  const selected = selector(on, 'weightDecay at on');
  return (gradients, variables) =>
    mapGradients(gradients, (gradient, name) =>
      selected(name) && rate !== 0 ? add(gradient, mul(variables[name]!, rate)) : gradient,
    );
}
