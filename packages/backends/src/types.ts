import type { Simd } from '@lowbit/wasm-host';

/** The backends, in the order in which `auto` tries them. */
export const BACKENDS = ['node-gpu', 'node', 'webgpu', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKENDS)[number];

/** Whether a backend can be used here, and why (not). */
export interface Finding {
  readonly ok: boolean;
  /** One phrase: "libtensorflow 2.15.1", "@tensorflow/tfjs-node is not installed". */
  readonly why: string;
  /** It works, but a CPU pretends to be the GPU; `auto` leaves it out. */
  readonly software?: boolean;
}

/** A backend that was tried. */
export interface Tried extends Finding {
  readonly name: BackendName;
}

export interface PickOptions {
  /**
   * Browser only: where the `.wasm` files of @tensorflow/tfjs-backend-wasm are served, when not beside the script: a folder's
   * URL that ends in '/'.
   */
  readonly wasmPath?: string;
  /** The WASM kernels' SIMD, to give the bits of an earlier run, where this host has it; {@link Picked.simd} says what they have. */
  readonly simd?: Simd;
}

/** The backend that was taken. */
export interface Picked {
  /** What TF.js calls it: `tf.getBackend()`. */
  readonly backend: string;
  readonly name: BackendName;
  /** The SIMD of the WASM kernels, on which the last bits of the results depend. */
  readonly simd?: Simd;
  /** Why this one, in one phrase. */
  readonly reason: string;
  /** What was tried on the way, in order; the last is the one that was taken. */
  readonly tried: readonly Tried[];
}
