import type { BackendName } from '@lowbit/backends';
import type { Simd } from '@lowbit/wasm-kernels';
import type { Net, Quantizers } from '../nets.js';
import { startChild, type ChildCommand } from '../run/child.js';
import { nodeCommand } from '../run/node.js';
import type { Side, Skipped } from '../run/side.js';

/** Seeds weights and batches of every side. */
export const SEED = 1;

export interface Product {
  readonly name: string;
  readonly backend: BackendName;
  readonly net: Net;
  readonly batch: number;
  /** Whether weights and activations are float instead of the net's few bits. */
  readonly float?: boolean;
  /** Quantizers in place of the net's own. */
  readonly quantizers?: Quantizers;
  /** Workers that share each batch; 1 by default. */
  readonly workers?: number;
  /** Threads of the native backend; as many as it wants by default. */
  readonly threads?: number;
  /** Of the WASM kernels; what this Node takes by default. */
  readonly simd?: Simd;
}

/** Starts a `train()` of the product as a side. */
export function startProduct(product: Product): Promise<Side | Skipped> {
  return startChild(productCommand(product));
}

/** How the process of such a side is started. */
export function productCommand(product: Product): ChildCommand {
  const { name, backend, net, batch, float, quantizers, workers = 1, threads, simd } = product;
  const numbers = { batch, workers, seed: SEED };
  const args = [
    ...['--backend', backend, '--net', net, ...(float ? ['--float'] : [])],
    ...(quantizers ? ['--quantizers', JSON.stringify(quantizers)] : []),
    ...Object.entries(numbers).flatMap(([key, value]) => [`--${key}`, String(value)]),
  ];
  const { env, ...command } = nodeCommand(new URL('./side.ts', import.meta.url), args, simd);
  const threading: Record<string, string> = threads
    ? { TF_NUM_INTRAOP_THREADS: String(threads), TF_NUM_INTEROP_THREADS: '1' }
    : {};
  return { name, ...command, env: { ...env, ...threading } };
}
