import { fixSimd, hasRelaxedSimd } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import { nodeHost, restoreUtil, type NodeHost } from './node.js';
import { PACKAGES } from './probe.js';
import type { BackendName, PickOptions } from './types.js';

/** Registers a backend with TF.js, without choosing it. Throws what its package throws. */
export async function load(name: BackendName, options: PickOptions): Promise<void> {
  if (name === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  else if (name === 'wasm') await loadWasm(options);
  else if (name === 'webgpu') await loadWebgpu();
  else loadNative(name);
}

async function loadWasm({ wasmPath, simd }: PickOptions): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  if (wasmPath !== undefined) setWasmPaths(wasmPath);
  const { registerWasmKernels } = await import('@lowbit/wasm-kernels');
  if (simd === 'plain' || (simd === 'relaxed' && hasRelaxedSimd())) fixSimd(simd);
  registerWasmKernels();
}

async function loadWebgpu(): Promise<void> {
  const host = nodeHost();
  if (host && !(globalThis.navigator as { gpu?: unknown } | undefined)?.gpu) await provideGpu(host);
  // The catch lets bundlers go on without this optional package.
  await import('@tensorflow/tfjs-backend-webgpu').catch((cause: unknown) => {
    throw new Error('@tensorflow/tfjs-backend-webgpu cannot be loaded', { cause });
  });
}

/** Gives Node the browser's `navigator.gpu`, which TF.js's backend looks for when it is imported. */
async function provideGpu({ require, builtin }: NodeHost): Promise<void> {
  const url = builtin('node:url').pathToFileURL(require.resolve('webgpu')).href;
  const dawn = (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as {
    create(options: string[]): object;
    globals: object;
  };
  Object.assign(globalThis, dawn.globals);
  const gpu = { value: dawn.create([]), configurable: true };
  if (globalThis.navigator) Object.defineProperty(globalThis.navigator, 'gpu', gpu);
  else
    Object.defineProperty(globalThis, 'navigator', {
      value: Object.defineProperty({}, 'gpu', gpu),
      configurable: true,
    });
}

function loadNative(name: 'node' | 'node-gpu'): void {
  const host = nodeHost();
  if (!host) throw new Error('it runs in Node alone');
  const loaded = tf.findBackend('tensorflow') as { isGPUPackage?: boolean } | null;
  if (loaded && loaded.isGPUPackage !== (name === 'node-gpu')) {
    throw new Error(
      `${PACKAGES[name === 'node' ? 'node-gpu' : 'node'].package} is loaded in this process already; start a new one`,
    );
  }
  restoreUtil(host);
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1'; // no notes about the CPU's features; warnings stay
  host.require(PACKAGES[name].package);
}
