import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bitsOf } from '../testing/helpers.js';
import { relu } from './relu.js';

beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.setBackend('cpu'));

type Apply = (x: tf.Tensor) => tf.Tensor;

function both(layer: { apply(x: never): unknown }, values: number[]): number[][] {
  return tf.tidy(() => {
    const x = tf.tensor1d(values, 'float32');
    const apply = ((input: tf.Tensor) => layer.apply(input as never)) as Apply;
    const dy = tf.range(1, values.length + 1, 1, 'float32');
    return [apply(x), tf.grad(apply)(x, dy)].map((t) => [...bitsOf(t.dataSync<'float32'>())]);
  });
}

describe('relu', () => {
  it('gives the bits of the stock layer, gradient included', () =>
    leavesNoTensors(() => {
      const special = fc.constantFrom(0, 1, -1, Infinity, -Infinity, 2 ** -149);
      const value = fc.oneof(fc.float({ min: -2, max: 2, noNaN: true, noDefaultInfinity: true }), special);
      fc.assert(
        fc.property(fc.array(value, { minLength: 1, maxLength: 70 }), (values) => {
          const given = values.map((v) => v + 0); // TF.js's own turns −0 to 0 or not, by the length
          expect(both(relu(), given)).toEqual(both(layers.reLU(), given));
        }),
        { numRuns: 80, seed: 5 },
      );
    }));

  it('keeps a NaN', () => {
    const [y] = tf.tidy(() => [[...(relu().apply(tf.tensor1d([NaN, -1, 2])) as tf.Tensor).dataSync()]]);
    expect(y).toEqual([NaN, 0, 2]);
  });

  it('heeds maxValue, as the stock layer does, and is saved as one', async () => {
    expect(both(relu({ maxValue: 1 }), [-1, 0.5, 3])).toEqual(both(layers.reLU({ maxValue: 1 }), [-1, 0.5, 3]));
    const model = sequential({ layers: [layers.inputLayer({ inputShape: [3] }), relu({ maxValue: 6, name: 'six' })] });
    const loaded = await loadLayersModel(tf.io.fromMemory({ modelTopology: model.toJSON(null, false) as object }));
    expect(loaded.layers.at(-1)!.getConfig()).toEqual(layers.reLU({ maxValue: 6, name: 'six' }).getConfig());
  });
});
