import type { Graph, OpName, Operation, Value } from '@lowbit/graph';
import type { Heap } from '../wasm/heap.js';
import type { Calls } from './calls.js';
import type { Fused } from './fuse.js';

/** What a step is planned from. */
export interface StepSource<Op extends OpName = OpName> extends Omit<Fused, 'node'> {
  readonly node: Operation<Op>;
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly parameters: Graph['parameters'];
}

/** Where a step finds what it works on. */
export interface Room {
  readonly heap: Heap;
  /** Makes calls that threads can share. */
  readonly calls: Calls;
  /** Addresses of the values that it reads and makes. */
  readonly inputs: readonly number[];
  readonly output: number;
  /** The address of any value. */
  readonly addressOf: (name: string) => number;
  /** Addresses of memory that nothing else uses during the step, of the sizes that it asked for. */
  readonly temporaries: readonly number[];
  /** Asks for working memory, which all steps share; each thread has its own. */
  readonly scratch: Scratch;
}

/** Working memory of the steps. */
export class Scratch {
  address = 0;
  bytes = 64;

  atLeast(bytes: number): void {
    this.bytes = Math.max(this.bytes, bytes);
  }
}

/** A planned step. */
export interface Step {
  /** Bytes of memory that the step needs while it runs. */
  readonly temporaries?: readonly number[];
  /** Puts what is constant on the heap; what it returns computes the step. */
  readonly place: (room: Room) => () => void;
}

/** Plans the step of an op. */
export type PlanStep<Op extends OpName> = (source: StepSource<Op>) => Step;

/** The numbers of a float32 parameter, undefined for one that a node does not name. */
export function floatsOf(parameters: Graph['parameters'], name: string): Float32Array;
export function floatsOf(parameters: Graph['parameters'], name?: string): Float32Array | undefined;
export function floatsOf(parameters: Graph['parameters'], name?: string): Float32Array | undefined {
  if (name === undefined) return undefined;
  const parameter = parameters[name];
  if (parameter?.kind === 'float32') return parameter.data;
  throw new Error(`parameter '${name}' must be float32, received ${parameter?.kind ?? 'none'}; write the model anew`);
}

/** Numbers in a value. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}

/** A value as an image: [width, channels] is one of height 1. */
export function imageOf(shape: readonly number[]): { height: number; width: number; channels: number } {
  const [height, width, channels] = shape.length === 2 ? [1, ...shape] : shape;
  return { height: height!, width: width!, channels: channels! };
}

/** Bytes of an item of a value. */
export function itemBytes({ type }: Value): 1 | 4 {
  return type === 'float32' ? 4 : 1;
}

/** Bytes of a value. */
export function bytesOf(value: Value): number {
  return sizeOf(value.shape) * itemBytes(value);
}
