import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { registerWasmKernels } from './index.js';

const wasmKernels = () => tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName);

describe('registerWasmKernels', () => {
  afterEach(() => vi.restoreAllMocks());

  it('leaves no kernel of the cpu backend out', () => {
    const missing = tf.getKernelsForBackend('cpu').filter(({ kernelName }) => !wasmKernels().includes(kernelName));
    expect(missing).toEqual([]);
  });

  it('says what runs under each name', () => {
    const registered = new Map(registerWasmKernels().map(({ kernelName, runs }) => [kernelName, runs]));
    expect(registered.get('Conv2DBackpropFilter')).toEqual(['simd', 'cpu']);
    expect(registered.get('MaxPoolGrad')).toEqual(['simd', 'stock']);
    expect(registered.get('BatchMatMul')).toEqual(['simd', 'stock', 'cpu']);
    expect(registered.get('Einsum')).toEqual(['cpu']);
    expect(registered.has('Relu')).toBe(false);
  });

  it('changes nothing when called again, nor when another copy of the package is loaded', async () => {
    const warn = vi.spyOn(console, 'warn');
    const before = tf.getKernelsForBackend('wasm');
    const first = registerWasmKernels();
    vi.resetModules();
    const copy = await import('./index.js');
    expect(copy.registerWasmKernels).not.toBe(registerWasmKernels);
    expect(copy.registerWasmKernels()).toEqual(first);
    expect(tf.getKernelsForBackend('wasm')).toEqual(before);
    expect(warn).not.toHaveBeenCalled();
  });

  it('says so when two copies of tfjs-core are loaded', async () => {
    const load = createRequire(import.meta.url);
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    Reflect.deleteProperty(load.cache, load.resolve('@tensorflow/tfjs-core'));
    const copy = load('@tensorflow/tfjs-core') as typeof tf;
    vi.resetModules();
    vi.doMock('@tensorflow/tfjs-core', () => ({ ...copy }));
    await expect(import('./index.js')).rejects.toThrow(
      "two copies of '@tensorflow/tfjs-core' are loaded, and @lowbit/wasm-kernels sees another one than the one that runs; keep",
    );
    vi.doUnmock('@tensorflow/tfjs-core');
  });

  it('works after the backend was removed and made again', async () => {
    const factory = tf.findBackendFactory('wasm');
    for (let turn = 0; turn < 2; turn++) {
      await tf.setBackend('wasm');
      // One product that our module runs, one that TF.js's does.
      const values = tf.tidy(() =>
        [tf.matMul(tf.ones([3, 1]), tf.ones([3, 1]), true), tf.matMul(tf.ones([1, 3]), tf.ones([3, 1]))].map(
          (y) => y.dataSync()[0],
        ),
      );
      expect(values).toEqual([3, 3]);
      tf.removeBackend('wasm');
      tf.registerBackend('wasm', factory, 2);
    }
  });

  it('leaves a call to TF.js on a backend that our module cannot run on', async () => {
    await tf.setBackend('wasm');
    const backend = tf.backend();
    const other = Object.create(backend, { makeOutput: { value: undefined } }) as tf.KernelBackend;
    const inputs = {
      x: tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      segmentIds: tf.tensor1d([1, 1], 'int32'),
    };
    const { kernelFunc } = tf.getKernel('UnsortedSegmentSum', 'wasm');
    const sum = kernelFunc({ inputs, attrs: { numSegments: 2 }, backend: other }) as tf.TensorInfo;
    expect(Array.from(backend.readSync(sum.dataId) as Float32Array)).toEqual([0, 0, 4, 6]);
    backend.disposeData(sum.dataId);
    tf.dispose(inputs);
  });
});

describe('the heap', () => {
  it("is guarded from when the backend starts, also for TF.js's own kernels", async () => {
    await tf.setBackend('wasm');
    expect(() => tf.fill([2 ** 29], 1)).toThrow(/has no room for 2147483648 bytes more/);
  });
});
