import { expect } from 'vitest';
import * as fc from 'fast-check';
import type { CodedLevels, CodedParameter, FloatParameter, Graph, Levels, Operation, Operations } from '../graph.js';
import type { Call } from '../interpret/evaluate.js';
import { ops } from '../interpret/ops.js';
import type { CodeTensor, FloatTensor, Tensor } from '../interpret/tensor.js';
import { sizeOf } from '../shapes.js';

/** The value of a node alone: its inputs are named x0, x1, … */
export function evaluate<Op extends keyof Operations>(
  op: Op,
  attributes: Operations[Op],
  inputs: readonly Tensor[],
  parameters: Graph['parameters'] = {},
): Tensor {
  const names = inputs.map((_, k) => `x${k}`);
  const call = { node: { name: 'y', op, inputs: names, ...attributes } as Operation<Op>, inputs, parameters };
  return (ops[op] as (call: Call<Op>) => Tensor)(call);
}

export function floats(shape: readonly number[], data: Iterable<number>): FloatTensor {
  return { shape, type: 'float32', data: Float32Array.from(data) };
}

export function codes(shape: readonly number[], data: Iterable<number>, type: Levels): CodeTensor {
  return { shape, type, data: Uint8Array.from(data) };
}

export function weights(shape: readonly number[], data: Iterable<number>): FloatParameter {
  return { kind: 'float32', shape, data: Float32Array.from(data) };
}

export function codedWeights(shape: readonly number[], data: Iterable<number>, levels: CodedLevels): CodedParameter {
  return { kind: 'codes', shape, data: Uint8Array.from(data), bits: 8, levels };
}

/** Numbers of size 1, the same for a seed. */
export function random(shape: readonly number[], seed: number): Float32Array {
  let state = seed | 0;
  return Float32Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

export const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** Sides, strides and the like: 1 to `max`. */
export const upTo = (max: number) => fc.integer({ min: 1, max });

/** Equal but for the rounding of float32 sums in another order. */
export function expectClose(actual: Tensor, shape: readonly number[], expected: ArrayLike<number>, tolerance = 1e-5) {
  expect(actual.shape).toEqual(shape);
  expect(actual.data.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const gap = Math.abs(actual.data[i]! - expected[i]!);
    if (!(gap <= tolerance * (1 + Math.abs(expected[i]!)))) {
      throw new Error(`value ${i}: expected ${expected[i]}, received ${actual.data[i]}`);
    }
  }
}
