import type { Kernels } from '../wasm/kernels.js';

/** An argument that depends on the items from `first` on, before `last`, that a call is for. */
export interface Varying {
  readonly base: number;
  /** Times `first`, and times `last`. */
  readonly first: number;
  readonly last: number;
}

/** An argument of a call for some items; 'scratch' is the address of the thread's own working memory. */
export type Argument = number | Varying | 'scratch';

export const FIRST: Varying = { base: 0, first: 1, last: 0 };
export const LAST: Varying = { base: 0, first: 0, last: 1 };
export const COUNT: Varying = { base: 0, first: -1, last: 1 };

/** The address of the first item, where each takes so many bytes. */
export function itemsAt(address: number, bytes: number): Varying {
  return { base: address, first: bytes, last: 0 };
}

/** A call of a kernel that can be made piece by piece: no item's result depends on what else is in its piece. */
export interface Task {
  readonly kernel: keyof Kernels;
  readonly items: number;
  /** Items of a piece. */
  readonly grain: number;
  readonly arguments: readonly Argument[];
}

/** Pieces of a task. */
export function piecesOf({ items, grain }: Task): number {
  return Math.ceil(items / grain);
}

/** Computes a piece. */
export function runPiece(kernels: Kernels, task: Task, piece: number, scratch: number): void {
  const first = piece * task.grain;
  const last = Math.min(task.items, first + task.grain);
  const values = task.arguments.map((argument) => {
    if (typeof argument === 'number') return argument;
    return argument === 'scratch' ? scratch : argument.base + first * argument.first + last * argument.last;
  });
  (kernels[task.kernel] as (...values: number[]) => unknown)(...values);
}
