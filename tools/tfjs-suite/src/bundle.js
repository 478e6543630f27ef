import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

/** New memory is full of NaNs, so that a kernel which reads what nobody wrote there does not pass by luck. */
function poisoned(backend) {
  const { wasm } = backend;
  const malloc = wasm._malloc;
  wasm._malloc = (bytes) => {
    const place = malloc(bytes);
    wasm.HEAPU8.fill(0xff, place, place + bytes);
    return place;
  };
  return backend;
}

const POISON = `
    ${poisoned}
    const start = findBackendFactory('wasm');
    removeBackend('wasm');
    registerBackend('wasm', async () => poisoned(await start()));
`;

/**
 * Bundles the specs with one copy of TF.js.
 *
 * @param {'stock' | 'ours'} kind whether @lowbit/wasm-kernels is in it
 * @returns {Promise<string>} the bundle's path
 */
export async function bundle(kind) {
  const wasmFolder = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + path.sep;
  const outfile = path.join(root, 'dist', `${kind}.cjs`);
  mkdirSync(path.dirname(outfile), { recursive: true });
  const entry = `
    import '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
    import '@tensorflow/tfjs-core/dist/register_all_gradients';
    import '@tensorflow/tfjs-backend-cpu';
    import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
    import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';
    import { findBackendFactory, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
    ${kind === 'ours' ? "import '@lowbit/wasm-kernels';" : ''}
    setWasmPaths(${JSON.stringify(wasmFolder)});
    ${kind === 'ours' ? POISON : ''}
    setTestEnvs([{ name: 'wasm', backendName: 'wasm', isDataSync: true }]);
    require('@tensorflow/tfjs-core/dist/tests');
  `;
  await build({
    stdin: { contents: entry, resolveDir: root },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    conditions: ['@lowbit/source'],
    // TF.js's packages claim to have fewer side effects than they have.
    ignoreAnnotations: true,
    external: ['jasmine-core'],
    logLevel: 'error',
  });
  return outfile;
}
