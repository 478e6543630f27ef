import '../index.js';
// after this package, as no program has to heed
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { on } from '../testing.js';
import { ClipGradient, ReluGradient } from './pass-gradients.js';

beforeAll(() => tf.setBackend('wasm'));

const ops: [name: string, kernel: string, f: (x: tf.Tensor) => tf.Tensor, bends: number[]][] = [
  ['relu', ReluGradient, (x) => tf.relu(x), [0, 3, 6, 42]],
  ['relu6', ReluGradient, (x) => tf.relu6(x), [0, 3, 6, 0]],
  ['clipByValue', ClipGradient, (x) => tf.clipByValue(x, -1, 2), [0, 3, 6, 0]],
];

const value = fc.oneof(
  fc.float({ min: -9, max: 9, noNaN: true }),
  fc.constantFrom(0, -0, 6, -1, 2, NaN, Infinity, -Infinity, 2 ** -149),
);
const pairs = fc.array(fc.tuple(value, value), { maxLength: 40 });

describe.each(ops)('the gradient of %s', (_, kernel, f, bends) => {
  it('is that of the cpu backend, NaN and infinities included', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const make = () => {
          const [x, dy] = [0, 1].map((i) => tf.tensor1d(given.map((pair) => pair[i]!)));
          return tf.grad(f)(x!, dy!);
        };
        const [ours, theirs] = [on('wasm', make), on('cpu', make)];
        // −0 equals 0 here
        expect(ours.values.map((v) => v + 0)).toEqual(theirs.values.map((v) => v + 0));
      }),
      { numRuns: 150 },
    );
  });

  it('is one pass, and has a gradient itself', async () => {
    tf.setBackend('wasm');
    const x = tf.tensor1d([-3, 0.5, 1, 7]);
    const { kernels } = await tf.profile(() => tf.tidy(() => void tf.grad(f)(x)));
    const names = kernels.map(({ name }) => name);
    expect(names).toContain(kernel);
    for (const composed of ['Step', 'LessEqual', 'LogicalAnd', 'Multiply', 'Select'])
      expect(names).not.toContain(composed);
    const cubed = (v: tf.Tensor) => tf.pow(f(v), 3);
    const second = () => tf.grad((v) => tf.grad(cubed)(v))(tf.tensor1d([-3, 0.5, 1, 7]));
    expect(on('wasm', second).values.map((v) => Math.round(v * 1e4) / 1e4)).toEqual(bends);
    x.dispose();
  });

  it('of another type than float32, and on another backend, is that of TF.js', () => {
    const make = () => tf.grad(f)(tf.tensor1d([-3, 1, 7], 'int32'), tf.tensor1d([1, 2, 3]));
    expect(on('wasm', make)).toEqual(on('cpu', make));
  });
});
