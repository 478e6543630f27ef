import type { Worker } from 'node:worker_threads';
import { workerError, workerGone } from './failure.js';
import type { Assignment, FromWorker, ToWorker } from './protocol.js';

type Answer<Type> = Extract<FromWorker, { type: Type }>;

/** The threads of the ranks from 1 on. The first that fails fails whatever is waited for, then and later. */
export class Threads {
  readonly #workers: readonly Worker[];
  readonly #failed: Promise<never>;
  #fail!: (error: Error) => void;
  #ending = false;

  /** @param size the number of ranks, the main thread's included */
  constructor(size: number, assignment: Assignment) {
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    this.#failed = new Promise((_, reject) => (this.#fail = reject));
    // whoever waits is told; until somebody does it is no unhandled rejection
    this.#failed.catch(() => undefined);
    const { entry, execArgv } = workerEntry();
    this.#workers = Array.from({ length: size - 1 }, (_, i) => {
      const worker = new Worker(entry, { workerData: assignment, execArgv });
      this.#watch(worker, `worker ${i + 2} of ${size}`);
      return worker;
    });
  }

  #watch(worker: Worker, name: string): void {
    worker.on('message', (answer: FromWorker) => {
      if (answer.type === 'failed') this.#fail(workerError(name, answer.failure));
    });
    worker.on('error', (error) => this.#fail(workerError(name, error)));
    worker.on('messageerror', (error) => this.#fail(workerError(name, error)));
    worker.on('exit', (code) => this.#ending || this.#fail(workerGone(name, code)));
  }

  post(rank: number, message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#workers[rank - 1]!.postMessage(message, [...transfer]);
  }

  /** The next answers of that kind, of all workers in the order of their ranks. */
  answers<Type extends FromWorker['type']>(type: Type): Promise<Answer<Type>[]> {
    const all = this.#workers.map(
      (worker) =>
        new Promise<Answer<Type>>((resolve) => {
          const listen = (answer: FromWorker): void => {
            if (answer.type !== type) return;
            worker.off('message', listen);
            resolve(answer as Answer<Type>);
          };
          worker.on('message', listen);
        }),
    );
    return this.orFailed(Promise.all(all));
  }

  /** What is waited for, or the first worker's failure. */
  orFailed<T>(wanted: Promise<T>): Promise<T> {
    return Promise.race([wanted, this.#failed]);
  }

  /** Ends the threads, whatever they are at; none is left when the promise is fulfilled. */
  async end(): Promise<void> {
    this.#ending = true;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** The file of a worker: as it was built, or from the sources. */
function workerEntry(): { entry: URL; execArgv?: string[] } {
  if (!import.meta.url.endsWith('.ts')) return { entry: new URL('./worker.js', import.meta.url) };
  return { entry: new URL('./worker-source.js', import.meta.url), execArgv: ['--conditions=@lowbit/source'] };
}
