import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { ClipQuantize } from './kernels.js';
import * as original from './index.js';

afterEach(() => {
  vi.doUnmock('@tensorflow/tfjs-core');
  vi.restoreAllMocks();
});

it('another copy of the package changes nothing', async () => {
  const warn = vi.spyOn(console, 'warn');
  const before = ['wasm', 'webgpu', 'tensorflow'].map((backend) => tf.getKernelsForBackend(backend));
  vi.resetModules();
  expect(await import('./index.js')).not.toBe(original);
  expect(['wasm', 'webgpu', 'tensorflow'].map((backend) => tf.getKernelsForBackend(backend))).toEqual(before);
  expect(warn.mock.calls.flat().filter((text) => String(text).includes('already registered'))).toEqual([]);
});

it("another package's kernel of the same name is an error that says what to do", async () => {
  const own = tf.getKernel(ClipQuantize, 'wasm');
  tf.unregisterKernel(ClipQuantize, 'wasm');
  tf.registerKernel({ kernelName: ClipQuantize, backendName: 'wasm', kernelFunc: () => [] });
  vi.resetModules();
  await expect(import('./index.js')).rejects.toThrow(
    "kernel 'ClipQuantize' of backend 'wasm' is registered already, by another package; do not load that beside @lowbit/quant-core, or call",
  );
  tf.unregisterKernel(ClipQuantize, 'wasm');
  tf.registerKernel(own);
});

it('two copies of tfjs-core are an error that says how to find them', async () => {
  const load = createRequire(import.meta.url);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  Reflect.deleteProperty(load.cache, load.resolve('@tensorflow/tfjs-core'));
  const copy = load('@tensorflow/tfjs-core') as typeof tf;
  vi.resetModules();
  vi.doMock('@tensorflow/tfjs-core', () => ({ ...copy }));
  await expect(import('./index.js')).rejects.toThrow(
    "two copies of '@tensorflow/tfjs-core' are loaded, and @lowbit/quant-core sees another one than the one that runs; keep",
  );
});
