import type { DraftValue } from '@lowbit/graph';
import type { Constant, Kind } from './constant.js';

/**
 * A value that depends on the inputs, of one example. Its axes may lie in the graph in another order than ONNX's, and axes of size 1 may be left
 * out there: an image [1, channels, height, width] as [height, width, channels]. So a transposition costs nothing until an op needs another order.
 */
export interface Value {
  readonly is: 'value';
  /** As ONNX has it, with a batch of 1. */
  readonly shape: readonly number[];
  readonly kind: Kind;
  /** ONNX's axes in the order in which they lie in the graph; those left out have size 1. */
  readonly order: readonly number[];
  /** Undefined of what the graph cannot compute but as a part of something: erf. */
  readonly made?: DraftValue;
  readonly known?: Known;
}

/** What is known of a value by how it was made, from which GELU and layer normalization are recognized. */
export type Known =
  | { readonly is: 'scaled'; readonly of: Value; readonly factor: number }
  /** factor · erf(of / √2) + offset */
  | { readonly is: 'erf'; readonly of: Value; readonly factor: number; readonly offset: number }
  /** The mean of the last axis. */
  | { readonly is: 'mean'; readonly of: Value }
  /** of − mean */
  | { readonly is: 'centered'; readonly of: Value }
  | { readonly is: 'squared'; readonly of: Value }
  /** The mean of the squares, and what was added to it. */
  | { readonly is: 'variance'; readonly of: Value; readonly epsilon: number }
  /** Its root, or the inverse of that. */
  | { readonly is: 'deviation' | 'inverseDeviation'; readonly of: Value; readonly epsilon: number }
  /** The same numbers in one row. */
  | { readonly is: 'flattened'; readonly of: Value };

export type Entry = Constant | Value;

/** Whether both are the same numbers. */
export function same(a: Value, b: Value): boolean {
  return a.made !== undefined && a.made.name === b.made?.name;
}

/** The axes of a shape but for a batch of 1. */
export function plainOrder(shape: readonly number[]): number[] {
  const axes = shape.map((_, axis) => axis);
  return shape.length > 1 && shape[0] === 1 ? axes.slice(1) : axes;
}

/** Places first, channels (axis 1) last. */
export function channelsLast(shape: readonly number[]): number[] {
  return [...shape.map((_, axis) => axis).slice(2), 1];
}

/** The axes of an order that have more than one place. */
export function wide(shape: readonly number[], order: readonly number[]): number[] {
  return order.filter((axis) => shape[axis] !== 1);
}

/** The shape of a value in the graph, which has no scalars. */
export function graphShape(shape: readonly number[], order: readonly number[]): number[] {
  return order.length > 0 ? order.map((axis) => shape[axis]!) : [1];
}

export function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}
