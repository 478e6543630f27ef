import { LowbitError } from '@lowbit/plugin-api';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { load } from './load.js';
import { pickBackend } from './pick.js';

beforeEach(async () => {
  await tf.setBackend('cpu');
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

it('a backend that fails to start is an error that says how to get it, and the one in use stays', async () => {
  tf.registerBackend('wasm', () => Promise.reject(new Error('no such file')));
  const failure = pickBackend('wasm');
  await expect(failure).rejects.toThrow(LowbitError);
  await expect(failure).rejects.toThrow(
    /^backend 'wasm' cannot be used: TensorFlow.js cannot start it; npm install @tensorflow\/tfjs-backend-wasm/,
  );
  expect(tf.getBackend()).toBe('cpu');
});

it.each([
  ['node', true, '@tensorflow/tfjs-node-gpu'],
  ['node-gpu', false, '@tensorflow/tfjs-node'],
] as const)('%s is no second native backend in a process', async (name, isGPUPackage, loaded) => {
  tf.registerBackend('tensorflow', () => ({ isGPUPackage, dispose: () => undefined }) as unknown as tf.KernelBackend);
  await expect(load(name, {})).rejects.toThrow(`${loaded} is loaded in this process already; start a new one`);
  tf.removeBackend('tensorflow');
});
