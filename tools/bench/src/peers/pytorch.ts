import { fileURLToPath } from 'node:url';
import { peerPlan, type Net } from '../nets.js';
import { startChild } from '../run/child.js';
import type { Side, Skipped } from '../run/side.js';
import { SEED } from '../train/product.js';

const folder = new URL('../../../../bench/peers/', import.meta.url);

/** What glibc's allocator must be told for PyTorch not to hand its tensors' memory back and fetch it again in every step. */
const ALLOCATOR = { MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: '20000000000' };

export interface Pytorch {
  readonly name: string;
  /** 'brevitas' trains the few bits of the net, the others its float twin. */
  readonly mode: 'eager' | 'compile' | 'brevitas';
  readonly net: Net;
  readonly batch: number;
  readonly threads: number;
}

/** Starts PyTorch as a side: the Python of bench/peers/.venv, or what LOWBIT_PEERS_PYTHON names. */
export async function startPytorch({ name, mode, net, batch, threads }: Pytorch): Promise<Side | Skipped> {
  const python = process.env['LOWBIT_PEERS_PYTHON'] ?? fileURLToPath(new URL('.venv/bin/python', folder));
  const numbers = { batch, threads, seed: SEED };
  return startChild({
    name,
    command: python,
    args: [
      ...[fileURLToPath(new URL('pytorch/side.py', folder)), mode],
      ...Object.entries(numbers).flatMap(([key, value]) => [`--${key}`, String(value)]),
    ],
    env: { ...ALLOCATOR, OMP_NUM_THREADS: String(threads) },
    input: JSON.stringify(peerPlan(net, mode !== 'brevitas')),
    missing: 'PyTorch is not installed: sh bench/peers/setup.sh',
  });
}
