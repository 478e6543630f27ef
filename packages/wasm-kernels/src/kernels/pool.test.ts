import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index.js';
import { difference, noise, on, run, slopeRatio } from '../testing.js';

beforeAll(() => tf.setBackend('wasm'));

const side = fc.integer({ min: 1, max: 9 });
const window = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
const pooling = fc.record({
  input: fc.tuple(fc.integer({ min: 0, max: 3 }), side, side, fc.integer({ min: 1, max: 11 })),
  filterSize: window,
  strides: window,
  pad: fc.constantFrom<'same' | 'valid' | number>('same', 'valid', 1, 2),
  seed: fc.integer({ min: 1, max: 1000 }),
});

describe('pooling', () => {
  it('and its gradients equal those of the cpu backend, ties included', () => {
    fc.assert(
      fc.property(pooling, ({ input, filterSize, strides, pad, seed }) => {
        const { outShape } = tf.backend_util.computePool2DInfo(input, filterSize, strides, 1, pad);
        fc.pre(outShape.every((size) => size >= 0));
        const attrs = { filterSize, strides, pad };
        // Few different values, so that many windows have several largest ones.
        const x = () => tf.round(tf.mul(noise(input, seed), 2));
        const dy = () => noise(outShape, seed + 1);
        const makers = [
          () => run('MaxPoolGrad', { dy: dy(), input: x(), output: tf.zeros(outShape) }, attrs),
          () => run('AvgPoolGrad', { dy: dy(), input: x() }, attrs),
          () => run('MaxPool', { x: x() }, attrs),
          () => run('AvgPool', { x: x() }, attrs),
        ];
        for (const make of makers) expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
      }),
      { numRuns: 200 },
    );
  });

  it('passes a gradient on to numbers only', () => {
    const input = () => tf.tensor4d([NaN, 1, NaN, NaN, -Infinity, -Infinity, 2, 2], [1, 2, 4, 1]);
    const make = () =>
      run(
        'MaxPoolGrad',
        { dy: tf.tensor4d([5, 7], [1, 1, 2, 1]), input: input(), output: tf.zeros([1, 1, 2, 1]) },
        { filterSize: 2, strides: 2, pad: 'valid' },
      );
    expect(on('wasm', make).values).toEqual([0, 5, 0, 0, 0, 0, 7, 0]);
    expect(on('wasm', make)).toEqual(on('cpu', make));
  });

  it('has gradients that are its slopes', () => {
    tf.setBackend('wasm');
    const average = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, [2, 3], [2, 1], 'valid');
    expect(slopeRatio(average, [[2, 6, 5, 5]])).toBeCloseTo(1, 2);
    // Values that are further apart than a step, so that none changes which is the largest.
    const apart = (x: tf.Tensor) => tf.add(tf.mul(x, 0.03), tf.reshape(tf.range(0, 1.6, 0.1), [1, 4, 4, 1]));
    const largest = (x: tf.Tensor) => tf.maxPool(apart(x) as tf.Tensor4D, 3, 2, 'same');
    expect(slopeRatio(largest, [[1, 4, 4, 1]])).toBeCloseTo(1, 1);
  });
});
