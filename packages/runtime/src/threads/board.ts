// What threads agree by: one of them puts a job up, all take its pieces. Pieces of all jobs are counted by one sequence of tickets, so that a thread
// that looks at an old job finds all of its tickets gone. Numbers go round at 2³², so that only their differences tell.

/** Words of the board; the first is odd while a job is being written. */
const VERSION = 0;
const TASK = 1;
const START = 2;
const END = 3;
const NEXT = 4;
const DONE = 5;
const WORDS = 6;

/** Looks at a word before a thread goes to sleep; some 50 µs. */
const LOOKS = 1 << 15;

/** Milliseconds that a thread sleeps at most before it looks again. */
const NAP = 100;

/** A task whose pieces have the tickets from `start` on, before `end`. */
export interface Job {
  readonly task: number;
  readonly start: number;
  readonly end: number;
}

/** Computes a piece of a task. */
export type RunPiece = (task: number, piece: number) => void;

export function newBoard(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
}

/** Puts a job up for all; the one before must be done. */
export function publish(board: Int32Array, task: number, pieces: number): Job {
  const start = Atomics.load(board, END);
  const end = (start + pieces) | 0;
  Atomics.add(board, VERSION, 1);
  Atomics.store(board, TASK, task);
  Atomics.store(board, START, start);
  Atomics.store(board, END, end);
  Atomics.add(board, VERSION, 1);
  Atomics.notify(board, VERSION);
  return { task, start, end };
}

/** Computes pieces of a job until none is left to take. */
export function help(board: Int32Array, { task, start, end }: Job, run: RunPiece): void {
  for (;;) {
    const ticket = Atomics.load(board, NEXT);
    if (((end - ticket) | 0) <= 0) return;
    if (Atomics.compareExchange(board, NEXT, ticket, (ticket + 1) | 0) !== ticket) continue;
    run(task, (ticket - start) | 0);
    const done = Atomics.add(board, DONE, 1) + 1;
    if ((done | 0) === end) Atomics.notify(board, DONE);
  }
}

/** Helps with every job from now on. */
export function serve(board: Int32Array, run: RunPiece): never {
  for (let seen = 0; ;) {
    const version = awaitChange(board, seen);
    const job = { task: Atomics.load(board, TASK), start: Atomics.load(board, START), end: Atomics.load(board, END) };
    // what was being written meanwhile is read again
    if ((version & 1) !== 0 || Atomics.load(board, VERSION) !== version) continue;
    seen = version;
    help(board, job, run);
  }
}

function awaitChange(board: Int32Array, seen: number): number {
  for (let looks = 0; ; looks++) {
    const version = Atomics.load(board, VERSION);
    if (version !== seen) return version;
    if (looks >= LOOKS) Atomics.wait(board, VERSION, seen);
  }
}

/**
 * Waits for the pieces that others are still at.
 *
 * @param patience milliseconds in which something must have come; what a sleeping computer misses does not count
 * @returns whether the job is done
 */
export function awaitJob(board: Int32Array, { end }: Job, patience: number): boolean {
  for (let looks = 0, left = patience; left > 0; looks++) {
    const done = Atomics.load(board, DONE);
    if (done === end) return true;
    if (looks < LOOKS) continue;
    const start = performance.now();
    if (canSleep) Atomics.wait(board, DONE, done, NAP);
    else while (Atomics.load(board, DONE) === done && performance.now() - start < NAP);
    left -= Math.min(NAP, performance.now() - start);
  }
  return false;
}

/** Whether this thread may sleep; that of a page may not. */
const canSleep = (() => {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
})();
