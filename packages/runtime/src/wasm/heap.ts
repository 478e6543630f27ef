import type { Engine } from './kernels.js';

const PAGE = 65536;

/** Address 0 stands for nothing. */
const START = 64;

/** At most this part of the memory is left over. */
const SPARE = 20;

/** Kernels read up to this many bytes behind what they need. */
const SLACK = 256;

type Numbers = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array;

/** The memory of an engine: what is put there lies one thing after the other, aligned to 16 bytes, and stays. */
export class Heap {
  #end = START;

  constructor(readonly engine: Engine) {}

  /** Bytes in use. */
  get size(): number {
    return this.#end;
  }

  /** Room for `bytes` bytes, of zeros. */
  reserve(bytes: number): number {
    const address = this.#end;
    this.#end = address + ((bytes + 15) & ~15);
    this.#growTo(this.#end);
    return address;
  }

  /** The address of a copy of an array. */
  put(array: Numbers): number {
    const address = this.reserve(array.byteLength);
    this.#copy(array, address);
    return address;
  }

  /** Gives the address of a copy of an array to `use`, which must not reserve any more; then its memory is free again. */
  lend<T>(array: Numbers, use: (address: number) => T): T {
    const address = this.#end;
    this.#growTo(address + array.byteLength);
    this.#copy(array, address);
    const result = use(address);
    this.bytes(address, array.byteLength).fill(0);
    return result;
  }

  /** Views of the memory are good until something more is reserved. */
  bytes(address: number, size: number): Uint8Array {
    return new Uint8Array(this.engine.memory.buffer, address, size);
  }

  floats(address: number, size: number): Float32Array {
    return new Float32Array(this.engine.memory.buffer, address, size);
  }

  #copy({ buffer, byteOffset, byteLength }: Numbers, address: number): void {
    this.bytes(address, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
  }

  #growTo(end: number): void {
    const { memory } = this.engine;
    const missing = end + SLACK - memory.buffer.byteLength;
    // growing is slow, so that it is done for more than is asked for
    if (missing > 0) memory.grow(Math.ceil((missing + memory.buffer.byteLength / SPARE) / PAGE));
  }
}
