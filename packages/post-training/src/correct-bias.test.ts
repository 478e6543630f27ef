import { leavesNoTensors } from '@lowbit/testing';
import '@tensorflow/tfjs-backend-cpu';
import { quantFoldedConv2d, quantizeModel } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { correctBias } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const oneBit = [{ weights: { quantizer: 'dorefa', bits: 1 } }];

/** The mean of each channel of what a model puts out. */
const means = (model: LayersModel, x: tf.Tensor): number[] =>
  tf.tidy(() => {
    const y = model.predict(x) as tf.Tensor;
    return [...tf.mean(y, y.shape.map((_, i) => i).slice(0, -1)).dataSync()];
  });

describe('correctBias', () => {
  it('adds the shift of the mean before the activation to the bias', () =>
    leavesNoTensors(async () => {
      const float = sequential({
        layers: [layers.dense({ name: 'a', units: 2, activation: 'relu', inputShape: [2] })],
      });
      tf.tidy(() =>
        float.setWeights([
          tf.tensor2d([
            [3, -1],
            [1, 3],
          ]),
          tf.tensor1d([0.5, -20]),
        ]),
      );
      const quantized = quantizeModel(float, oneBit);
      const x = tf.tensor2d([
        [1, 0],
        [3, 2],
      ]);
      expect(await correctBias(float, quantized, [x])).toEqual({ corrected: ['a'], skipped: [] });
      // E = mean|w| = 2: ŵ = [[2, −2], [2, 2]]; w − ŵ = [[1, 1], [−1, 1]]; mean x = [2, 1]
      const [, bias] = quantized.getWeights();
      expect([...bias!.dataSync()]).toEqual([0.5 + 2 - 1, -20 + 2 + 1]);
      expect(Object.keys(quantized.layers[0]!)).not.toContain('call');
      x.dispose();
      quantized.dispose();
      float.dispose();
    }));

  it('corrects layers one after another: each mean is right in the end', () =>
    leavesNoTensors(async () => {
      const float = sequential({
        layers: [
          layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3, activation: 'relu', inputShape: [5, 5, 2] }),
          layers.depthwiseConv2d({ name: 'dw', kernelSize: 2, activation: 'relu' }),
          layers.flatten(),
          layers.dense({ name: 'fc', units: 3 }),
        ],
      });
      const quantized = quantizeModel(float, [{ weights: { quantizer: 'lsq', bits: 2 } }]);
      const batches = [0, 1].map((seed) => tf.randomNormal([8, 5, 5, 2], 0.5, 1, 'float32', seed + 1));
      const all = tf.concat(batches);
      const before = means(quantized, all);
      await correctBias(float, quantized, () => batches);
      const wanted = means(float, all);
      means(quantized, all).forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i]!, 4);
        expect(Math.abs(before[i]! - wanted[i]!)).toBeGreaterThan(1e-3);
      });
      tf.dispose([...batches, all]);
      quantized.dispose();
      float.dispose();
    }));

  it('takes the shift out of the moving mean of a normalization behind, and skips what has neither', () =>
    leavesNoTensors(async () => {
      const float = sequential({
        layers: [
          layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3, useBias: false, inputShape: [5, 5, 2] }),
          layers.batchNormalization({ name: 'bn' }),
          layers.flatten(),
          layers.dense({ name: 'fc', units: 3, useBias: false }),
        ],
      });
      const quantized = quantizeModel(float, oneBit);
      const x = tf.randomNormal([8, 5, 5, 2], 0.5, 1, 'float32', 3);
      expect(await correctBias(float, quantized, [x])).toEqual({ corrected: ['conv'], skipped: ['fc'] });
      const normalized = (model: LayersModel) => sequential({ layers: model.layers.slice(0, 2) });
      const [wanted, actual] = [float, quantized].map((model) => means(normalized(model), x));
      actual!.forEach((value, i) => expect(value).toBeCloseTo(wanted![i]!, 5));
      x.dispose();
      for (const model of [float, quantized]) model.weights.forEach((weight) => weight.dispose());
    }));

  it('adds the shift of a folded convolution, before its activation, to its β', () =>
    leavesNoTensors(async () => {
      const conv = { filters: 4, kernelSize: 3, inputShape: [5, 5, 2] };
      const float = sequential({
        layers: [
          quantFoldedConv2d({ ...conv, name: 'a', activation: 'relu' }),
          quantFoldedConv2d({ name: 'b', filters: 3, kernelSize: 2 }),
        ],
      });
      const quantized = quantizeModel(float, oneBit);
      const x = tf.randomNormal([8, 5, 5, 2], 0.5, 1, 'float32', 3);
      const before = means(quantized, x);
      expect(await correctBias(float, quantized, [x])).toEqual({ corrected: ['a', 'b'], skipped: [] });
      const wanted = means(float, x);
      means(quantized, x).forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i]!, 4);
        expect(Math.abs(before[i]! - wanted[i]!)).toBeGreaterThan(1e-3);
      });
      x.dispose();
      quantized.dispose();
      float.dispose();
    }));

  it('says so when a generator has come to its end', () =>
    leavesNoTensors(async () => {
      const float = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
      const quantized = quantizeModel(float, oneBit);
      const x = tf.ones([1, 2]);
      const once = [x].values();
      await expect(correctBias(float, quantized, once)).rejects.toThrow(/no batches to look at.*a list or a function/);
      x.dispose();
      quantized.dispose();
      float.dispose();
    }));
});
