import type { GradientExchange } from './exchange.js';

/**
 * An exchange between threads. Each rank has a slot of the shared memory that it alone writes, and a counter of the operations
 * that it has finished; nobody holds a lock, and nobody waits in a way that keeps its event loop from running.
 *
 * `reduce` adds in the order of ranks, ((v₀ + v₁) + v₂) + …, in float32, so that the same values give the same bits.
 */
export class SharedMemoryExchange implements GradientExchange {
  readonly #done: Int32Array;
  readonly #slots: readonly Float32Array[];
  #operations = 0;

  /** Memory for so many ranks and values of that length: {@link SharedMemoryExchange} of each rank is made with it. */
  static allocate(size: number, length: number): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * size * (length + 1));
  }

  constructor(
    readonly rank: number,
    readonly size: number,
    memory: SharedArrayBuffer,
  ) {
    const length = memory.byteLength / 4 / size - 1;
    this.#done = new Int32Array(memory, 0, size);
    this.#slots = Array.from({ length: size }, (_, i) => new Float32Array(memory, 4 * (size + i * length), length));
  }

  async reduce(values: Float32Array): Promise<void> {
    if (this.rank > 0) {
      await this.#reached(0, this.#operations);
      this.#slots[this.rank]!.set(values);
    } else {
      for (let rank = 1; rank < this.size; rank++) {
        await this.#reached(rank, this.#operations + 1);
        const slot = this.#slots[rank]!;
        for (let i = 0; i < values.length; i++) values[i]! += slot[i]!;
      }
    }
    this.#finish();
  }

  async broadcast(values: Float32Array): Promise<void> {
    if (this.rank > 0) {
      await this.#reached(0, this.#operations + 1);
      values.set(this.#slots[0]!.subarray(0, values.length));
    } else {
      for (let rank = 1; rank < this.size; rank++) await this.#reached(rank, this.#operations);
      this.#slots[0]!.set(values);
    }
    this.#finish();
  }

  #finish(): void {
    Atomics.store(this.#done, this.rank, ++this.#operations);
    Atomics.notify(this.#done, this.rank);
  }

  /** Waits until a rank has finished so many operations. */
  async #reached(rank: number, operations: number): Promise<void> {
    for (;;) {
      const done = Atomics.load(this.#done, rank);
      if (done >= operations) return;
      await Atomics.waitAsync(this.#done, rank, done).value;
    }
  }
}
