import type { GradientTransform } from '@lowbit/plugin-api';
import { elementwise, inOrder, withSlots } from './elementwise.js';

/**
 * Composes transforms: each gets what the one before it gave. Each has slots of its own, so that the same transform may occur
 * twice.
 */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform {
  return inOrder(transforms.map((transform, i) => withSlots(`${i}/`, transform)));
}

/** Multiplies by the schedule's rate and the variable's own scale. The trainer puts it last. */
export const scaleByRate: GradientTransform = elementwise(
  (_variables, step) => (math, gradient, at) => math.mul(gradient, step.rate * step.rateScale(at.variable)),
);
