import { piecesOf, runPiece, type Argument, type Task } from '../threads/task.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Scratch } from './step.js';

/** The items of a call that can be made piece by piece. */
export interface Items {
  readonly count: number;
  /** About how long one takes, in nanoseconds. */
  readonly cost: number;
  /** Pieces begin at multiples of it; 1 by default. */
  readonly multiple?: number;
}

/** Nanoseconds that sharing a call out is worth its while for, and those that a piece should take at least. */
const WORTH = 30_000;
const PIECE = 10_000;

/** Pieces for each thread, since some threads are faster than others. */
const PIECES = 8;

type Each<Values extends readonly unknown[]> = { readonly [Index in keyof Values]: Argument };

/** Arguments of a kernel, some of which depend on the items. */
export type Arguments<Kernel extends keyof Kernels> = Each<Parameters<Kernels[Kernel]>>;

/** The calls of kernels that a plan consists of; large ones are shared out among threads. */
export class Calls {
  /** The tasks that threads take part in. */
  readonly tasks: Task[] = [];

  /**
   * @param threads how many there are
   * @param share runs a task by all of them
   */
  constructor(
    private readonly kernels: Kernels,
    private readonly scratch: Scratch,
    private readonly threads: number,
    private readonly share: (task: number) => void,
  ) {}

  /** What calls a kernel for all items. */
  over<Kernel extends keyof Kernels>(kernel: Kernel, items: Items, values: Arguments<Kernel>): () => void {
    const grain = this.threads > 1 ? grainOf(items, this.threads) : items.count;
    const task: Task = { kernel, items: items.count, grain, arguments: values as readonly Argument[] };
    if (piecesOf(task) < 2) return () => runPiece(this.kernels, task, 0, this.scratch.address);
    const index = this.tasks.push(task) - 1;
    return () => this.share(index);
  }
}

function grainOf({ count, cost, multiple = 1 }: Items, threads: number): number {
  if (count * cost < WORTH) return count;
  const grain = Math.max(count / (threads * PIECES), PIECE / cost);
  return Math.ceil(grain / multiple) * multiple;
}
