import type { Engine } from '../wasm/kernels.js';
import { awaitJob, help, newBoard, publish } from './board.js';
import { startThread, type Thread } from './host.js';
import { notice } from './notice.js';
import { piecesOf, runPiece, type Task } from './task.js';
import type { Orders } from './worker.js';

export interface TeamOptions {
  /** Nanoseconds that a piece should take at least; 10,000 by default, beside which what threads agree by is little. */
  readonly shortest?: number;
  /** Milliseconds to wait for a thread that is at a piece; 30,000 by default. */
  readonly patience?: number;
}

/** Where threads work. */
export interface Workplace {
  /** Its memory is shared. */
  readonly engine: Engine;
  readonly tasks: readonly Task[];
  /** Addresses of each thread's own working memory. */
  readonly scratches: readonly number[];
}

/** This thread and others, who all compute pieces of a task. Who takes which piece is left to chance, and changes no result. */
export class Team {
  /** See {@link TeamOptions}. */
  readonly shortest: number;
  readonly #patience: number;
  readonly #board = newBoard();
  readonly #others: readonly { readonly thread: Thread; readonly start: Promise<string | undefined> }[];
  #place: Workplace | undefined;
  #isEnded = false;
  /** What became of a thread that was at work. */
  #failure: string | undefined;

  /**
   * Starts the other threads.
   *
   * @param size threads, this one among them
   * @throws Error where the host refuses
   */
  constructor(
    readonly size: number,
    { shortest = 10_000, patience = 30_000 }: TeamOptions = {},
  ) {
    this.shortest = shortest;
    this.#patience = patience;
    this.#others = Array.from({ length: size - 1 }, () => this.#start());
  }

  /** @returns the threads that are there now: one that cannot be started is done without, which is said once */
  async begin(place: Workplace): Promise<number> {
    const { engine, tasks, scratches } = place;
    this.#place = place;
    this.#others.forEach(({ thread }, k) => {
      const { module, memory } = engine;
      const orders: Orders = { module, memory, board: this.#board, tasks, scratch: scratches[k + 1]! };
      thread.post(orders);
    });
    const reasons = await Promise.all(this.#others.map(({ start }) => start));
    for (const { thread } of this.#others) thread.release();
    const failures = reasons.filter((reason) => reason !== undefined);
    const count = this.size - failures.length;
    if (failures.length > 0) notice(count, failures[0]!);
    return count;
  }

  /** Computes a task. @throws Error where another thread has ended, or does not come back from its piece */
  run(task: number): void {
    this.check();
    const { engine, tasks, scratches } = this.#place!;
    const job = publish(this.#board, task, piecesOf(tasks[task]!));
    help(this.#board, job, (_, piece) => runPiece(engine.kernels, tasks[task]!, piece, scratches[0]!));
    if (awaitJob(this.#board, job, this.#patience)) return;
    this.#failure = `it did not answer within ${this.#patience / 1000} s`;
    this.check();
  }

  /** @throws Error where a thread has ended */
  check(): void {
    if (this.#failure === undefined) return;
    throw new Error(`run: a thread of the model is gone: ${this.#failure}; load the model again`);
  }

  /** Ends the other threads. */
  end(): void {
    this.#isEnded = true;
    for (const { thread } of this.#others) thread.end();
  }

  #start() {
    let answer: (failure?: string) => void = () => undefined;
    let isReady = false;
    const start = new Promise<string | undefined>((resolve) => (answer = resolve));
    const thread = startThread({
      onReady: () => {
        isReady = true;
        answer();
      },
      onEnd: (reason) => {
        if (isReady && !this.#isEnded) this.#failure ??= reason;
        answer(reason);
      },
    });
    return { thread, start };
  }
}
