import type { Engine } from './kernels.js';

const PAGE = 65536;

/** Address 0 stands for nothing. */
const START = 64;

/** At most this part of the memory is left over. */
const SPARE = 20;

/** Kernels read up to this many bytes behind what they need. */
const SLACK = 256;

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
    const { memory } = this.engine;
    const missing = this.#end + SLACK - memory.buffer.byteLength;
    // growing is slow, so that it is done for more than is asked for
    if (missing > 0) memory.grow(Math.ceil((missing + memory.buffer.byteLength / SPARE) / PAGE));
    return address;
  }

  /** The address of a copy of an array. */
  put(array: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array): number {
    const address = this.reserve(array.byteLength);
    this.bytes(address, array.byteLength).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return address;
  }

  /** Views of the memory are good until something more is reserved. */
  bytes(address: number, size: number): Uint8Array {
    return new Uint8Array(this.engine.memory.buffer, address, size);
  }

  floats(address: number, size: number): Float32Array {
    return new Float32Array(this.engine.memory.buffer, address, size);
  }
}
