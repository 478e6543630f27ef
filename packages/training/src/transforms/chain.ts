import type { GradientTransform, NamedTensors, Step } from '@lowbit/plugin-api';
import { mul, type Tensor } from '@tensorflow/tfjs-core';

/**
 * Composes transforms: each gets what the one before it gave. Each has slots of its own, so that the same transform may occur
 * twice.
 */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform {
  return (gradients, variables, step) =>
    transforms.reduce((given, transform, i) => transform(given, variables, scoped(step, `${i}`)), gradients);
}

function scoped(step: Step, prefix: string): Step {
  return {
    ...step,
    rateScale: (variable) => step.rateScale(variable),
    slot: (name, variable) => step.slot(`${prefix}/${name}`, variable),
  };
}

/** Applies `change` to each gradient. */
export function mapGradients(
  gradients: NamedTensors,
  change: (gradient: Tensor, variable: string) => Tensor,
): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(gradients).map(([variable, each]) => [variable, change(each, variable)]));
}

/** Multiplies by the schedule's rate and the variable's own scale. The trainer puts it last. */
export const scaleByRate: GradientTransform = (gradients, _variables, step) =>
  mapGradients(gradients, (gradient, variable) => mul(gradient, step.rate * step.rateScale(variable)));
