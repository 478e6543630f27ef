import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClipQuantize, ClipQuantizeGrad } from '../kernels.js';
import { bitsOf } from '../testing/helpers.js';
import { kernelNames } from '../testing/kernels.js';
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
      const options = fc.constantFrom({}, { maxValue: 1 }, { maxValue: 6 }, { maxValue: 0.5 });
      fc.assert(
        fc.property(fc.array(value, { minLength: 1, maxLength: 70 }), options, (values, args) => {
          const given = values.map((v) => v + 0); // TF.js's own turns −0 to 0 or not, by the length
          expect(both(relu(args), given)).toEqual(both(layers.reLU(args), given));
        }),
        { numRuns: 160, seed: 5 },
      );
    }));

  it('keeps a NaN', () => {
    const [y, six] = [{}, { maxValue: 6 }].map((args) =>
      tf.tidy(() => [...(relu(args).apply(tf.tensor1d([NaN, -1, 2, 0, NaN])) as tf.Tensor).dataSync()]),
    );
    expect(y).toEqual([NaN, 0, 2, 0, NaN]);
    expect(six).toEqual(y);
  });

  it('with maxValue is one pass each way, too', async () => {
    const x = tf.tensor1d([-1, 3, 9]);
    const layer = relu({ maxValue: 6 });
    const names = await kernelNames(() => tf.grad((v) => layer.apply(v) as tf.Tensor)(x));
    expect(names).toEqual(expect.arrayContaining([ClipQuantize, ClipQuantizeGrad]));
    expect(names).not.toContain('ClipByValue');
    x.dispose();
  });

  it('is saved as the stock layer', async () => {
    const model = sequential({ layers: [layers.inputLayer({ inputShape: [3] }), relu({ maxValue: 6, name: 'six' })] });
    const loaded = await loadLayersModel(tf.io.fromMemory({ modelTopology: model.toJSON(null, false) as object }));
    expect(loaded.layers.at(-1)!.getConfig()).toEqual(layers.reLU({ maxValue: 6, name: 'six' }).getConfig());
  });
});
