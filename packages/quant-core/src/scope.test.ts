import { leavesNoTensors } from '@lowbit/testing';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  dorefaActivations,
  dorefaGradients,
  dorefaWeights,
  quantActivation,
  quantConv2d,
  quantDense,
} from './index.js';
import { scopedQuantizer, scopedSeed, withPrecision, withSeed, type Site } from './scope.js';
import { valuesOf } from './testing/helpers.js';

const site: Site = { layer: 'conv', role: 'weights', quantizer: dorefaWeights({ bits: 2 }) };
const bits = () => scopedQuantizer(site).bits;

describe('withPrecision', () => {
  it('nests, and the inner scope decides where it says something', () => {
    expect(bits()).toBe(2);
    withPrecision({ weights: 8 }, () => {
      expect(bits()).toBe(8);
      withPrecision({ activations: 4 }, () => expect(bits()).toBe(8));
      withPrecision(
        ({ layer }) => (layer === 'conv' ? 'float' : undefined),
        () => expect(bits()).toBe('float'),
      );
      expect(bits()).toBe(8);
    });
    expect(bits()).toBe(2);
  });

  it('ends when the function throws', () => {
    expect(() =>
      withPrecision({ weights: 3 }, () => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(bits()).toBe(2);
  });

  it('refuses an asynchronous function and a precision that is none', () => {
    expect(() => withPrecision({ weights: 3 }, async () => 1)).toThrow(
      /a scope ends before an asynchronous function does/,
    );
    expect(bits()).toBe(2);
    expect(() => withPrecision({ weights: 16 as never }, () => 1)).toThrow(
      /1 to 8, or "float", in precision of weights, received 16/,
    );
  });

  it('sets the precision of a whole model for one pass', () =>
    leavesNoTensors(() => {
      const model = sequential({
        layers: [
          quantConv2d({
            inputShape: [2, 2, 3],
            filters: 4,
            kernelSize: 1,
            // drawn, the weights may clip everything
            kernelInitializer: initializers.constant({ value: 0.4 }),
            kernelQuantizer: dorefaWeights({ bits: 1 }),
          }),
          quantActivation({ quantizer: dorefaActivations({ bits: 2 }) }),
        ],
      });
      const floatModel = sequential({
        layers: [
          layers.conv2d({ inputShape: [2, 2, 3], filters: 4, kernelSize: 1 }),
          layers.activation({ activation: 'relu' }),
        ],
      });
      floatModel.setWeights(model.getWeights());
      const x = tf.randomUniform([1, 2, 2, 3], 0, 0.3, 'float32', 3);
      const run = () => valuesOf(model.predict(x) as tf.Tensor);
      const quantized = run();
      const float = withPrecision({ weights: 'float', activations: 'float' }, run);
      expect(float).toEqual(valuesOf(tf.tidy(() => tf.clipByValue(floatModel.predict(x) as tf.Tensor, 0, 1))));
      expect(quantized).not.toEqual(float);
      expect(run()).toEqual(quantized);
      x.dispose();
      model.dispose();
      floatModel.dispose();
    }));
});

describe('withSeed', () => {
  it('gives each draw a seed of its own, the same on each run', () => {
    const draws = () => withSeed(5, () => [scopedSeed(), scopedSeed(), withSeed(6, () => scopedSeed()), scopedSeed()]);
    expect(draws()).toEqual(draws());
    expect(new Set(draws()).size).toBe(4);
    expect(scopedSeed()).toBeUndefined();
  });

  it('makes the backward noise of a layer repeat', () => {
    const layer = quantDense({ inputShape: [3], units: 2, gradientQuantizer: dorefaGradients({ bits: 2 }) });
    const model = sequential({ layers: [layer] });
    const x = tf.tensor2d([[1, 2, 3]]);
    const gradients = (seed: number) =>
      withSeed(seed, () => {
        const { value, grads } = tf.variableGrads(() =>
          tf.tidy(() => tf.sum(tf.mul(model.apply(x, { training: true }) as tf.Tensor, [[0.3, -1]])) as tf.Scalar),
        );
        value.dispose();
        return Object.values(grads).flatMap((grad) => valuesOf(grad));
      });
    expect(gradients(1)).toEqual(gradients(1));
    const draws = new Set(Array.from({ length: 20 }, (_, seed) => JSON.stringify(gradients(seed))));
    expect(draws.size).toBeGreaterThan(1);
    x.dispose();
    model.dispose();
  });
});
