import type { Step } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { normal, toHost, toTensors, type HostTensors } from '../values.js';

/** Variables and their gradients as a small net has them, named as a trainer names them. */
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  'conv/kernel': [3, 3, 2, 4],
  'norm/gamma': [4],
  'dense/kernel': [4, 3],
  'dense/bias': [3],
};

/** The gradients of a step. Call it inside of `tf.tidy`. */
export function gradientsOf(step: number): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape], i) => {
      const values = normal(tf.util.sizeFromShape([...shape]), 100 * step + i);
      return [name, tf.tensor(values, [...shape])];
    }),
  );
}

/** Runs `body` with variables that are disposed of when it has ended. */
export function withVariables<T>(body: (variables: Record<string, tf.Variable>) => T): T {
  const variables = tf.tidy(() =>
    Object.fromEntries(Object.entries(gradientsOf(7)).map(([name, value]) => [name, tf.variable(value)])),
  );
  try {
    return body(variables);
  } finally {
    tf.dispose(variables);
  }
}

/** The state that transforms keep, as a trainer does. */
export class Slots {
  readonly #slots = new Map<string, tf.Variable>();

  constructor(saved: HostTensors = {}) {
    const tensors = toTensors(saved);
    for (const [key, value] of Object.entries(tensors))
      this.#slots.set(
        key,
        tf.tidy(() => tf.variable(value, false)),
      );
    tf.dispose(tensors);
  }

  /** A step of a training in which this is the state. */
  step(index: number): Step {
    return {
      index,
      stageIndex: index,
      stage: 0,
      epoch: 0,
      rate: 0.1,
      rateScale: () => 1,
      seed: index + 1,
      slot: (name, variable) => {
        const shape = SHAPES[variable];
        if (!shape) throw new Error(`there is no variable '${variable}' to keep state of`);
        const key = `${name}:${variable}`;
        const slot = this.#slots.get(key) ?? tf.tidy(() => tf.variable(tf.zeros([...shape]), false));
        this.#slots.set(key, slot);
        return slot;
      },
    };
  }

  get size(): number {
    return this.#slots.size;
  }

  save(): HostTensors {
    return toHost(Object.fromEntries(this.#slots));
  }

  dispose(): void {
    for (const slot of this.#slots.values()) slot.dispose();
    this.#slots.clear();
  }
}
