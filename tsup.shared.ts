import { defineConfig, type Options } from 'tsup';

/** How every published package is built: ESM and CommonJS, each with types of its own. */
export function library(options: Options = {}) {
  return defineConfig({
    entry: ['src/index.ts'],
    format: ['esm', 'cjs'],
    dts: true,
    clean: true,
    sourcemap: true,
    target: 'es2022',
    removeNodeProtocol: false, // the packages' "browser" fields name modules as their sources do
    ...options,
  });
}
