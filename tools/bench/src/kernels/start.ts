import { fileURLToPath } from 'node:url';
import { startProcess, type Started } from '../run/child.js';
import type { Skipped } from '../run/side.js';
import type { Owner, Work } from './calls.js';

/** Node 20 has relaxed SIMD behind a flag, which later ones do not know. */
const RELAXED = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [];

/**
 * Starts a process that does pieces of work with the kernels of one owner: 'step INDEX' does one.
 *
 * @param simd the SIMD of the product's kernels; what this Node takes by itself where it is left out
 */
export function startKernels(
  owner: Owner,
  works: readonly Work[],
  simd?: 'plain' | 'relaxed',
): Promise<Started | Skipped> {
  const script = fileURLToPath(new URL('./side.ts', import.meta.url));
  const relaxed = simd === 'relaxed' ? RELAXED : [];
  return startProcess({
    name: owner,
    command: process.execPath,
    args: ['--conditions=@lowbit/source', '--import', 'tsx', ...relaxed, script, owner],
    env: simd ? { LOWBIT_SIMD: simd } : {},
    input: JSON.stringify(works),
  });
}
