import { fileURLToPath } from 'node:url';
import { hasRelaxedSimd, type Simd } from '@lowbit/wasm-kernels';
import type { ChildCommand } from './child.js';

/** Node 20 has relaxed SIMD behind a flag, which later ones do not know. */
const RELAXED = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [];

/** What Node has to be told for its WebAssembly to have such instructions. */
export const simdFlags = (simd?: Simd): readonly string[] => (simd === 'relaxed' ? RELAXED : []);

/** The SIMD that the product's kernels have in this Node when nobody says otherwise. */
export const OWN_SIMD: Simd = hasRelaxedSimd() ? 'relaxed' : 'plain';

/**
 * How a script here is run, on the sources of the packages.
 *
 * @param simd the SIMD of the product's kernels; {@link OWN_SIMD} where it is left out
 */
export function nodeCommand(script: URL, args: readonly string[], simd?: Simd): Omit<ChildCommand, 'name'> {
  const sources = ['--conditions=@lowbit/source', '--import', 'tsx', '--max-old-space-size=8192'];
  return {
    command: process.execPath,
    args: [...sources, ...simdFlags(simd), fileURLToPath(script), ...args],
    env: simd ? { LOWBIT_SIMD: simd } : {},
  };
}
