import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index.js';
import { difference, noise, on, run } from '../testing.js';

beforeAll(() => tf.setBackend('wasm'));

describe('clipByValue', () => {
  it('equals that of the cpu backend, NaN and infinities included', () => {
    const values = fc.array(fc.float({ noDefaultInfinity: false, noNaN: false }), { maxLength: 40 });
    const bounds = fc.tuple(fc.float({ noNaN: true }), fc.float({ noNaN: true }));
    fc.assert(
      fc.property(values, bounds, (x, ends) => {
        const [low, high] = ends.sort((a, b) => a - b) as [number, number];
        const make = () =>
          run('ClipByValue', { x: tf.tensor1d(x, 'float32') }, { clipValueMin: low, clipValueMax: high });
        const [ours, theirs] = [on('wasm', make), on('cpu', make)];
        // -0 and 0 are equal here: which of them a clip at 0 gives is not defined.
        expect(ours.values.map((v) => v + 0)).toEqual(theirs.values.map((v) => v + 0));
      }),
      { numRuns: 300 },
    );
  });
});

describe('batch normalization', () => {
  it('equals that of the cpu backend, with and without scale and offset', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(
        shape,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 1000 }),
        (size, scaled, shifted, seed) => {
          const channel = (s: number) => noise([size.at(-1)!], s);
          const make = () => {
            const given = { mean: channel(seed + 1), variance: tf.square(channel(seed + 2)) };
            const scale: tf.NamedTensorMap = scaled ? { scale: channel(seed + 3) } : {};
            const offset: tf.NamedTensorMap = shifted ? { offset: channel(seed + 4) } : {};
            const inputs = { x: noise(size, seed), ...given, ...scale, ...offset };
            return run('FusedBatchNorm', inputs, { varianceEpsilon: 0.01 });
          };
          expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('clone', () => {
  it.each([
    ['a clone', (x: tf.Tensor) => tf.clone(x)],
    ['a cast to the same type', (x: tf.Tensor) => tf.cast(x, 'float32')],
  ])('shares data until both are disposed: %s', (_, make) => {
    tf.setBackend('wasm');
    const before = tf.memory();
    const x = tf.tensor1d([1, 2, 3]);
    const copy = make(x);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers + 1);
    x.dispose();
    expect(Array.from(copy.dataSync())).toEqual([1, 2, 3]);
    copy.dispose();
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  });

  it('is not changed when the variable that it was taken from is assigned', () => {
    tf.setBackend('wasm');
    const v = tf.variable(tf.tensor1d([1, 2]));
    const before = tf.clone(v);
    v.assign(tf.tensor1d([3, 4]));
    expect(Array.from(before.dataSync())).toEqual([1, 2]);
    tf.dispose([v, before]);
  });
});
