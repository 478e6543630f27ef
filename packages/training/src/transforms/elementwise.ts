import type { GradientTransform, NamedVariables, Step } from '@lowbit/plugin-api';
import { evaluate } from './evaluate.js';

/** Float32 arithmetic, value by value, on what stands for a tensor. */
export interface Arithmetic<V> {
  add(a: V, b: V | number): V;
  sub(a: V, b: V | number): V;
  mul(a: V, b: V | number): V;
  div(a: V, b: V | number): V;
  sqrt(a: V): V;
}

/** What a {@link Rule} may look at beside the gradient. */
export interface Surroundings<V> {
  /** Name of the variable. */
  readonly variable: string;
  /** The variable as it was before the step. */
  weight(): V;
  /** Replaces the variable's slot `name` by what `next` makes of it, and gives that. */
  state(name: string, next: (old: V) => V): V;
}

/** What becomes of the gradient of one variable. It calls nothing but what it is given, so that all of it can be done in one pass. */
export type Rule = <V>(math: Arithmetic<V>, gradient: V, at: Surroundings<V>) => V;

/** A gradient transform that does the same to every value of a gradient, whatever the others are. */
export interface ElementwiseTransform extends GradientTransform {
  /** The rule of a step. */
  readonly rule: (variables: NamedVariables, step: Step) => Rule;
}

/**
 * A gradient transform by what it does to each value. Several of them one after the other, and the update at the end, are one pass
 * over a variable on TF.js's WASM backend, with the bits of the ops of the same names.
 *
 * @param rule gives the rule of a step; called once a step
 */
export function elementwise(rule: ElementwiseTransform['rule']): ElementwiseTransform {
  const transform: GradientTransform = (gradients, variables, step) => {
    const ofStep = rule(variables, step);
    return Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]) => [
        name,
        evaluate(ofStep, { name, gradient, variables, step }),
      ]),
    );
  };
  return Object.assign(transform, { rule });
}

export function isElementwise(transform: GradientTransform): transform is ElementwiseTransform {
  return 'rule' in transform;
}

/** Composes transforms: each gets what the one before it gave. */
export function inOrder(transforms: readonly GradientTransform[]): GradientTransform {
  if (transforms.every(isElementwise)) return elementwise(ruleInOrder(transforms));
  return (gradients, variables, step) =>
    transforms.reduce((given, transform) => transform(given, variables, step), gradients);
}

/** The rule of transforms one after the other. */
export function ruleInOrder(transforms: readonly ElementwiseTransform[]): ElementwiseTransform['rule'] {
  return (variables, step) => {
    const rules = transforms.map(({ rule }) => rule(variables, step));
    return (math, gradient, at) => rules.reduce((given, rule) => rule(math, given, at), gradient);
  };
}

/** Gives a transform slots of its own: their names begin with `prefix`. */
export function withSlots(prefix: string, transform: GradientTransform): GradientTransform {
  if (isElementwise(transform)) {
    return elementwise((variables, step) => {
      const rule = transform.rule(variables, step);
      return (math, gradient, at) =>
        rule(math, gradient, { ...at, state: (name, next) => at.state(`${prefix}${name}`, next) });
    });
  }
  return (gradients, variables, step) =>
    transform(gradients, variables, {
      ...step,
      rateScale: (variable) => step.rateScale(variable),
      slot: (name, variable) => step.slot(`${prefix}${name}`, variable),
    });
}
