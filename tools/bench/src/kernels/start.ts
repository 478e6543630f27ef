import type { Simd } from '@lowbit/wasm-kernels';
import { startProcess, type Started } from '../run/child.js';
import { nodeCommand } from '../run/node.js';
import type { Skipped } from '../run/side.js';
import type { Owner, Work } from './calls.js';

/**
 * Starts a process that does pieces of work with the kernels of one owner: 'step INDEX' does one.
 *
 * @param simd the SIMD of the product's kernels; what this Node takes by itself where it is left out
 */
export function startKernels(owner: Owner, works: readonly Work[], simd?: Simd): Promise<Started | Skipped> {
  const command = nodeCommand(new URL('./side.ts', import.meta.url), [owner], simd);
  return startProcess({ name: owner, ...command, input: JSON.stringify(works) });
}
