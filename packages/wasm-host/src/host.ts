import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { guardHeap, saying, type Heap } from './heap.js';

/**
 * What of TF.js's WASM backend is used. All of it is internal to TF.js 4.x, so {@link canHost} looks for every piece before
 * anything relies on it.
 */
interface WasmBackend {
  readonly wasm: Heap & { readonly asm: { readonly memory: WebAssembly.Memory } };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number | null } };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
}

/** A module of ours, running on the memory of one WASM backend. */
export interface Host<Exports> {
  /** The module's exported functions; addresses are byte offsets into the backend's memory. */
  readonly exports: Exports;
  /** The backend's memory. When it grows, its `buffer` is another one. */
  readonly memory: WebAssembly.Memory;
  /** Address of a tensor's first element. */
  address(tensor: TensorInfo): number;
  /** A new tensor with memory that is not cleared; throws an OutOfMemoryError when the heap is full. */
  output(shape: readonly number[], dtype?: DataType): TensorInfo;
  /**
   * Lends `bytes` of 16-byte aligned memory, not cleared, to `use` and takes them back, also when it throws. Throws an
   * OutOfMemoryError when the heap is full.
   */
  scratch<T>(bytes: number, use: (address: number) => T): T;
}

/** Whether `backend` is TF.js's WASM backend with the internals that a host needs. */
export function canHost(backend: KernelBackend): boolean {
  const { wasm, dataIdMap, makeOutput } = backend as unknown as Partial<WasmBackend>;
  return (
    wasm?.asm?.memory instanceof WebAssembly.Memory &&
    // Shared memory (the build with threads) fits no module that imports memory of its own.
    wasm.asm.memory.buffer instanceof ArrayBuffer &&
    typeof wasm._malloc === 'function' &&
    typeof wasm._free === 'function' &&
    typeof dataIdMap?.get === 'function' &&
    typeof makeOutput === 'function'
  );
}

/**
 * Prepares a WebAssembly module that imports its memory as `env.memory` and keeps nothing in it (AssemblyScript:
 * `--importMemory --runtime stub`, no static data). The module is compiled at the first call and instantiated once for
 * each backend.
 *
 * @param bytes gives the module's bytes; called once
 * @returns the host for a backend; throws an Error when the backend is not TF.js's WASM backend
 */
export function wasmModule<Exports>(bytes: () => Uint8Array): (backend: KernelBackend) => Host<Exports> {
  const hosts = new WeakMap<KernelBackend, Host<Exports>>();
  let module: WebAssembly.Module | undefined;
  return (backend) => {
    let host = hosts.get(backend);
    if (!host) {
      module ??= new WebAssembly.Module(bytes() as BufferSource);
      host = mount<Exports>(module, backend);
      hosts.set(backend, host);
    }
    return host;
  };
}

function mount<Exports>(module: WebAssembly.Module, backend: KernelBackend): Host<Exports> {
  if (!canHost(backend)) {
    throw new Error(
      'cannot run a WASM module beside this backend, received a backend without the internals of @tensorflow/tfjs-backend-wasm 4.x; ' +
        "call tf.setBackend('wasm') first, with version 4.22 or later of it",
    );
  }
  guardHeap(backend);
  const wasmBackend = backend as unknown as WasmBackend;
  const { wasm, dataIdMap } = wasmBackend;
  const abort = () => {
    throw new Error('a WASM kernel aborted');
  };
  const instance = new WebAssembly.Instance(module, { env: { memory: wasm.asm.memory, abort } });
  return {
    exports: instance.exports as Exports,
    memory: wasm.asm.memory,
    address: (tensor) => dataIdMap.get(tensor.dataId).memoryOffset!,
    output: (shape, dtype = 'float32') =>
      saying(
        () => `a tensor of shape [${shape}]`,
        () => wasmBackend.makeOutput([...shape], dtype),
      ),
    scratch: (bytes, use) => {
      const start = saying(
        () => `${bytes} bytes of a kernel's scratch memory`,
        () => wasm._malloc(bytes + 15) >>> 0,
      );
      try {
        // `>>> 0` because addresses above 2 GiB turn negative in a bit operation.
        return use(((start + 15) & ~15) >>> 0);
      } finally {
        wasm._free(start);
      }
    },
  };
}

/** The bytes of a module that is kept as base64 in a TypeScript file. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
