import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import './index.js';
import { difference, noise, on, run } from './testing.js';

beforeAll(() => tf.setBackend('wasm'));

const equal = (make: () => tf.Tensor) => expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);

describe('what the WASM backend lacks runs on the cpu backend', () => {
  it('einsum', () => equal(() => tf.einsum('bij,bjk->bik', noise([2, 3, 4], 1), noise([2, 4, 5], 2))));

  it('integer products', () => {
    const integers = (shape: number[], seed: number) => tf.cast(tf.mul(noise(shape, seed), 9), 'int32');
    equal(() => tf.matMul(integers([3, 4], 1) as tf.Tensor2D, integers([4, 2], 2) as tf.Tensor2D));
    equal(() => tf.matMul(integers([4, 3], 1) as tf.Tensor2D, integers([4, 2], 2) as tf.Tensor2D, true));
  });

  it('channels first', () => {
    equal(() =>
      tf.conv2d(noise([2, 3, 6, 6], 1) as tf.Tensor4D, noise([3, 3, 3, 4], 2) as tf.Tensor4D, 1, 'same', 'NCHW'),
    );
  });

  it('casts to bool', () => {
    const make = () => tf.cast(tf.tensor1d([0, 256, -0.5, 3]), 'bool');
    expect(on('wasm', make)).toEqual({ shape: [4], dtype: 'bool', values: [0, 1, 1, 1] });
  });

  it('one-hot in other types than integers', () => {
    for (const dtype of ['float32', 'bool', 'int32'] as const) equal(() => tf.oneHot([0, 2, 1, 5], 3, 1, 0, dtype));
  });

  it('complex numbers', () => {
    const z = () => tf.complex(noise([4, 6], 1), noise([4, 6], 2));
    for (const part of [tf.real, tf.imag]) {
      equal(() => part(z()));
      equal(() => part(tf.mul(z(), tf.clone(tf.reshape(z(), [4, 6])))));
      equal(() => part(tf.fft(z())));
      equal(() => part(tf.concat([z(), z()])));
    }
    equal(() => tf.abs(z()));
    const whole = () => Array.from(tf.tidy(() => tf.complex([1, 2], [3, 4]).dataSync()));
    tf.setBackend('wasm');
    expect(whole()).toEqual([1, 3, 2, 4]);
  });

  it('strings', () => {
    tf.setBackend('wasm');
    const same = tf.tidy(() => Array.from(tf.equal(tf.tensor1d(['a', 'b']), tf.tensor1d(['a', 'c'])).dataSync()));
    expect(same).toEqual([1, 0]);
  });

  it('slices beyond the tensor, which are an error', () => {
    const make = () => tf.engine().runKernel('Slice', { x: tf.ones([2, 3]) }, { begin: [0, 1], size: [2, 3] });
    expect(() => on('wasm', make as () => tf.Tensor)).toThrow(/slice/i);
  });
});

describe('a call on the cpu backend', () => {
  it('leaves nothing behind and prints no advice, also when the kernel fails', () => {
    tf.setBackend('wasm');
    const warn = vi.spyOn(console, 'warn');
    const before = tf.memory();
    const buffers = tf.backend().numDataIds();
    tf.tidy(() => void tf.einsum('ij,jk->ik', tf.ones([2, 3]), tf.ones([3, 2])));
    const [a, b] = [tf.ones([2, 3]), tf.ones([4, 2])];
    const fails = () => run('Einsum', [a, b] as unknown as tf.NamedTensorMap, { equation: 'ij,jk->ik' });
    expect(fails).toThrow();
    tf.dispose([a, b]);
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
    expect(tf.backend().numDataIds()).toBe(buffers);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
