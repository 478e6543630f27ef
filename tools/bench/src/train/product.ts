import { fileURLToPath } from 'node:url';
import type { BackendName } from '@lowbit/backends';
import type { Net } from '../nets.js';
import { startChild } from '../run/child.js';
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
  /** Workers that share each batch; 1 by default. */
  readonly workers?: number;
  /** Threads of the native backend; as many as it wants by default. */
  readonly threads?: number;
}

/** Starts a `train()` of the product as a side, on its own sources. */
export function startProduct({
  name,
  backend,
  net,
  batch,
  float,
  workers = 1,
  threads,
}: Product): Promise<Side | Skipped> {
  const script = fileURLToPath(new URL('./side.ts', import.meta.url));
  const numbers = { batch, workers, seed: SEED };
  return startChild({
    name,
    command: process.execPath,
    args: [
      ...['--conditions=@lowbit/source', '--import', 'tsx', '--max-old-space-size=8192', script],
      ...['--backend', backend, '--net', net, ...(float ? ['--float'] : [])],
      ...Object.entries(numbers).flatMap(([key, value]) => [`--${key}`, String(value)]),
    ],
    env: threads ? { TF_NUM_INTRAOP_THREADS: String(threads), TF_NUM_INTEROP_THREADS: '1' } : {},
  });
}
