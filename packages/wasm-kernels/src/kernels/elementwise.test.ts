import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index.js';
import { on, run } from '../testing.js';

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

describe('clone', () => {
  it('shares data until both are disposed', () => {
    tf.setBackend('wasm');
    const before = tf.memory();
    const x = tf.tensor1d([1, 2, 3]);
    const copy = tf.clone(x);
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
