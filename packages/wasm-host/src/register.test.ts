import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import { checkSingleCore, kernelsOf } from './index.js';

const config = (result: string): tf.KernelConfig => ({
  ...{ kernelName: 'Ours', backendName: 'wasm' },
  kernelFunc: () => ({ dataId: {}, shape: [], dtype: result as 'float32' }),
});

afterEach(() => {
  if (tf.getKernel('Ours', 'wasm')) tf.unregisterKernel('Ours', 'wasm');
  vi.restoreAllMocks();
});

it('a kernel is registered once, also by another copy of its package', () => {
  const warn = vi.spyOn(console, 'warn');
  const [first, second] = [config('first'), config('second')];
  kernelsOf(tf, 'ours')(first);
  kernelsOf(tf, 'ours')(second);
  expect(tf.getKernel('Ours', 'wasm').kernelFunc).toBe(first.kernelFunc);
  expect(warn).not.toHaveBeenCalled();
});

it('a name that another package has taken is an error that says what to do', () => {
  kernelsOf(tf, 'theirs')(config('theirs'));
  expect(() => kernelsOf(tf, 'ours')(config('ours'))).toThrow(
    "kernel 'Ours' of backend 'wasm' is registered already, by theirs; do not load that beside ours, or call tf.unregisterKernel('Ours', 'wasm') before",
  );
  tf.unregisterKernel('Ours', 'wasm');
  tf.registerKernel(config('of nobody we know'));
  expect(() => kernelsOf(tf, 'ours')(config('ours'))).toThrow('is registered already, by another package; do not');
});

it('two copies of tfjs-core are an error that says how to find them', () => {
  const load = createRequire(import.meta.url);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const copies = [0, 1].map(() => {
    Reflect.deleteProperty(load.cache, load.resolve('@tensorflow/tfjs-core'));
    return load('@tensorflow/tfjs-core') as typeof tf;
  });
  expect(copies[0]).not.toBe(copies[1]);
  expect(() => checkSingleCore(tf, 'ours')).not.toThrow();
  expect(() => kernelsOf(copies[1]!, 'ours')).toThrow(
    /^two copies of '@tensorflow\/tfjs-core' are loaded, and ours sees another .*; keep one version of it \(see 'npm ls/,
  );
});
