import { piecesOf, runPiece, type Argument, type Task } from '../threads/task.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Scratch } from './step.js';

/**
 * Runs one after the other. Steps return what this and {@link Calls} make rather than functions of their own, since these would hold on to all that
 * they were planned from: the parameters, and with them the file.
 */
export function inTurn(...runs: readonly ((() => void) | undefined)[]): () => void {
  return () => {
    for (const run of runs) run?.();
  };
}

/** The items of a call that can be made piece by piece. */
export interface Items {
  readonly count: number;
  /** About how long one takes, in nanoseconds. */
  readonly cost: number;
  /** Pieces begin at multiples of it; 1 by default. */
  readonly multiple?: number;
}

/** Calls of fewer of the shortest pieces are not worth sharing out. */
const WORTH = 3;

/** Nanoseconds that a call takes at most, about: hosts make fast code of a function while it runs, but begin to use it with the next call. */
const LONGEST = 1e6;

/** Pieces for each thread, since some threads are faster than others. */
const PIECES = 8;

type Each<Values extends readonly unknown[]> = { readonly [Index in keyof Values]: Argument };

/** Arguments of a kernel, some of which depend on the items. */
export type Arguments<Kernel extends keyof Kernels> = Each<Parameters<Kernels[Kernel]>>;

/** Who shares calls out. */
export interface Sharing {
  /** Threads. */
  readonly size: number;
  /** Nanoseconds that a piece should take at least. */
  readonly shortest: number;
  run(task: number): void;
}

/** The calls of kernels that a plan consists of; large ones are shared out among threads. */
export class Calls {
  /** The tasks that threads take part in. */
  readonly tasks: Task[] = [];

  constructor(
    private readonly kernels: Kernels,
    private readonly scratch: Scratch,
    private readonly team?: Sharing,
  ) {}

  /** What calls a kernel, not to be shared. */
  once<Kernel extends keyof Kernels>(kernel: Kernel, values: Arguments<Kernel>): () => void {
    return this.over(kernel, { count: 1, cost: 0 }, values);
  }

  /** What calls a kernel for all items. */
  over<Kernel extends keyof Kernels>(kernel: Kernel, items: Items, values: Arguments<Kernel>): () => void {
    const { team } = this;
    const grain = grainOf(items, team);
    const task: Task = { kernel, items: items.count, grain, arguments: values as readonly Argument[] };
    const pieces = piecesOf(task);
    if (!team || pieces < 2) {
      return () => {
        for (let piece = 0; piece < pieces; piece++) runPiece(this.kernels, task, piece, this.scratch.address);
      };
    }
    const index = this.tasks.push(task) - 1;
    return () => team.run(index);
  }
}

function grainOf({ count, cost, multiple = 1 }: Items, team: Sharing | undefined): number {
  const least = (items: number) => Math.min(count, Math.ceil(items / multiple) * multiple);
  if (!team) return least(LONGEST / cost);
  if (count * cost < WORTH * team.shortest) return count;
  return least(Math.max(count / (team.size * PIECES), team.shortest / cost));
}
