import type { KernelBackend } from '@tensorflow/tfjs-core';

/** What of TF.js's WASM backend is used to ask for memory. */
export interface Heap {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/** Most bytes at once: the heap's `sbrk` takes a request from 2 GiB on for a negative one, and the heap is then broken. */
const LARGEST = 2 ** 31 - 2 ** 16;

/** The WASM heap has no room for what was asked for. The backend stays as it was, and can be used on. */
export class OutOfMemoryError extends RangeError {
  override readonly name = 'OutOfMemoryError';

  /**
   * @param what had no room
   * @param heapBytes the size of the heap, which stays what it is
   */
  constructor(
    readonly what: string,
    readonly heapBytes: number,
  ) {
    const heap = `the WASM heap (${Math.round(heapBytes / 2 ** 20)} MiB; 4 GiB at most, and 2 GiB in one piece)`;
    super(`${heap} has no room for ${what}; use a smaller batch or dispose of tensors`);
  }
}

/** Whether an error is an {@link OutOfMemoryError}, also of another copy of this package. */
export function isOutOfMemory(error: unknown): error is OutOfMemoryError {
  return error instanceof Error && error.name === 'OutOfMemoryError';
}

const guarded = new WeakSet<object>();

/**
 * Makes a WASM backend throw an {@link OutOfMemoryError} when its heap is full. TF.js itself goes on with address 0 then, or with
 * one whose memory ends beyond the heap, writes over other data, and traps ("memory access out of bounds") or computes nonsense,
 * for good. Another call changes nothing.
 */
export function guardHeap(backend: KernelBackend): void {
  const { wasm } = backend as unknown as { wasm?: Heap };
  if (!wasm || !isHeap(wasm) || guarded.has(wasm)) return;
  guarded.add(wasm);
  // Emscripten's first call puts another function in the place of this one
  wasm._free(wasm._malloc(1));
  const malloc = wasm._malloc;
  wasm._malloc = (bytes) => {
    if (bytes <= LARGEST) {
      const address = malloc(bytes);
      if (address !== 0 && fits(wasm, address, bytes)) return address;
      const other = address === 0 ? 0 : elsewhere(wasm, malloc, address, bytes);
      if (other !== 0) return other;
    }
    throw new OutOfMemoryError(`${bytes} bytes more`, wasm.HEAPU8.length);
  };
}

// that of the build with threads is shared, and a view of it may be of an earlier size
function isHeap({ HEAPU8, _malloc, _free }: Partial<Heap>): boolean {
  return HEAPU8?.buffer instanceof ArrayBuffer && typeof _malloc === 'function' && typeof _free === 'function';
}

// addresses above 2 GiB come as negative numbers
const fits = ({ HEAPU8 }: Heap, address: number, bytes: number) => (address >>> 0) + bytes <= HEAPU8.length;

/**
 * Asks again until the memory lies in the heap, or there is none. Emscripten's `emmalloc` computes a region's end in 32 bits, and so
 * takes a free one near 4 GiB for large enough, however small it is. It marks no more than the region as used.
 */
function elsewhere(heap: Heap, malloc: Heap['_malloc'], misfit: number, bytes: number): number {
  const misfits = [misfit];
  try {
    for (;;) {
      const address = malloc(bytes);
      if (address === 0 || fits(heap, address, bytes)) return address;
      misfits.push(address);
    }
  } finally {
    for (const address of misfits) heap._free(address);
  }
}

/** Runs what asks for memory, and says in other words what that was for. */
export function saying<T>(what: () => string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw isOutOfMemory(error) ? new OutOfMemoryError(what(), error.heapBytes) : error;
  }
}
