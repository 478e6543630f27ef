import type { GradientTransform, NamedTensors, NamedVariables, Step } from '@lowbit/plugin-api';
import { inOrder, isElementwise, ruleInOrder, type ElementwiseTransform, type Rule } from './elementwise.js';
import { evaluate } from './evaluate.js';

/** Changes variables by their gradients. To be called inside of `tf.tidy`. */
export type Descent = (gradients: NamedTensors, variables: NamedVariables, step: Step) => void;

/** Subtracts what comes out of transforms, in their order. The elementwise ones at the end and the subtraction are one pass. */
export function descent(transforms: readonly GradientTransform[]): Descent {
  const others = transforms.findLastIndex((transform) => !isElementwise(transform)) + 1;
  const first = inOrder(transforms.slice(0, others));
  const last = ruleInOrder(transforms.slice(others) as ElementwiseTransform[]);
  return (gradients, variables, step) => {
    const given = Object.entries(first(gradients, variables, step));
    const change = last(variables, step);
    const update: Rule = (math, gradient, at) => math.sub(at.weight(), change(math, gradient, at));
    for (const [name, gradient] of given) {
      variables[name]!.assign(evaluate(update, { name, gradient, variables, step }));
    }
  };
}
