import { defineConfig } from 'vitest/config';
import { projects } from '../../vitest.shared.js';

// Node 20 has relaxed SIMD behind a flag, which later ones do not know.
const execArgv = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [];

/** Every test with both flavours of the kernels. */
export default defineConfig({
  test: {
    projects: [
      ...projects('runtime', { env: { LOWBIT_SIMD: 'plain' } }),
      ...projects('runtime relaxed', { env: { LOWBIT_SIMD: 'relaxed' }, execArgv }),
    ],
  },
});
