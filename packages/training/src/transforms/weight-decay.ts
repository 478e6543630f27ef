import type { GradientTransform } from '@lowbit/plugin-api';
import { elementwise } from './elementwise.js';
import { checkMatches, selector } from './select.js';

/**
 * Adds rate · w to the gradient of the selected variables. Before an optimizer that is the gradient of the L2 penalty
 * rate · ‖w‖² / 2, which the papers use; after it, it is decoupled weight decay (Loshchilov & Hutter, AdamW, 2019).
 *
 * `on` is 'kernels' (the default), 'all', or a regular expression for names `layer/weight`.
 *
 * @throws LowbitError ('config') `on` is not a regular expression; in the first step: matches nothing
 */
export function weightDecay({ rate, on = 'kernels' }: { rate: number; on?: string }): GradientTransform {
  const where = 'weightDecay at on';
  const selected = selector(on, where);
  let checked = rate === 0;
  return elementwise((variables) => {
    checked ||= checkMatches(on, Object.keys(variables), where);
    return (math, gradient, at) =>
      selected(at.variable) && rate !== 0 ? math.add(gradient, math.mul(at.weight(), rate)) : gradient;
  });
}
