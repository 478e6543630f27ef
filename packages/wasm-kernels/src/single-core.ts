import type * as tf from '@tensorflow/tfjs-core';

/**
 * Throws when `core` is not the copy of tfjs-core that runs: TF.js's engine and registries are global, so of two copies the
 * later one sees the environment of the earlier.
 */
export function checkSingleCore(core: Pick<typeof tf, 'env' | 'Environment'>): void {
  if (core.env() instanceof core.Environment) return;
  throw new Error(
    "two copies of '@tensorflow/tfjs-core' are loaded, and @lowbit/wasm-kernels sees another one than the one that runs; " +
      "keep one version of it (see 'npm ls @tensorflow/tfjs-core') and do not load it with both import and require",
  );
}
