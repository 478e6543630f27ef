import type { NamedVariables, Step } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { hasKernels, runProgram } from '../kernels.js';
import type { Arithmetic, Rule } from './elementwise.js';
import { Program, type Register } from './program.js';

/** What a rule is evaluated for: one variable's gradient in a step. */
export interface Subject {
  readonly name: string;
  readonly gradient: tf.Tensor;
  readonly variables: NamedVariables;
  readonly step: Step;
}

const ops: Arithmetic<tf.Tensor> = { add: tf.add, sub: tf.sub, mul: tf.mul, div: tf.div, sqrt: tf.sqrt };

/** What a rule gives. Slots are assigned to. On the WASM backend one kernel, elsewhere core ops. */
export function evaluate(rule: Rule, subject: Subject): tf.Tensor {
  return (hasKernels(subject.gradient) && inOnePass(rule, subject)) || byOps(rule, subject);
}

function byOps(rule: Rule, { name: variable, gradient, variables, step }: Subject): tf.Tensor {
  return rule(ops, gradient, {
    variable,
    weight: () => variables[variable]!,
    state: (name, next) => {
      const slot = step.slot(name, variable);
      const value = next(slot);
      assign(slot, value);
      return value;
    },
  });
}

/** Undefined where something has another shape or type than the gradient. */
function inOnePass(rule: Rule, { name: variable, gradient, variables, step }: Subject): tf.Tensor | undefined {
  const program = new Program();
  const registers = new Map<tf.Tensor, Register>();
  const read = (tensor: tf.Tensor): Register => {
    const register = registers.get(tensor) ?? program.register();
    registers.set(tensor, register);
    return register;
  };
  const states = new Map<tf.Variable, Register>();
  const result = rule(program, read(gradient), {
    variable,
    weight: () => read(variables[variable]!),
    state: (name, next) => {
      const slot = step.slot(name, variable);
      const value = next(states.get(slot) ?? read(slot));
      states.set(slot, value);
      return value;
    },
  });
  const inputs = [...registers.keys()];
  if (!inputs.every(({ dtype, shape }) => dtype === 'float32' && tf.util.arraysEqual(shape, gradient.shape))) return;
  const tensors = new Map([...registers].map(([tensor, register]) => [register, tensor]));
  const outputs = [...new Set([result, ...states.values()])].filter((register) => !tensors.has(register));
  const values = outputs.length === 0 ? [] : runProgram(program, tensors, outputs);
  outputs.forEach((register, i) => tensors.set(register, values[i]!));
  for (const [slot, register] of states) assign(slot, tensors.get(register)!);
  return tensors.get(result)!;
}

function assign(slot: tf.Variable, value: tf.Tensor): void {
  if (value !== slot) slot.assign(value);
}
