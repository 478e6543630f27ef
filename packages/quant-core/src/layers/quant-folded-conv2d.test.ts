import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { layers, loadLayersModel, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  dorefaWeights,
  lsqWeights,
  modelSize,
  quantFoldedConv2d,
  quantizedLayers,
  quantizeModel,
  withPrecision,
} from '../index.js';
import { expectClose, savedModel, valuesOf } from '../testing/helpers.js';

beforeAll(() => tf.setBackend('cpu'));
afterEach(() => tf.setBackend('cpu'));

const quantizer = dorefaWeights({ bits: 2 });
const args = { name: 'conv', filters: 3, kernelSize: 2, strides: 2, padding: 'same' as const, inputShape: [5, 5, 2] };
const EPSILON = 1e-3;

/** W, γ, β, μ, σ² */
function weights(): tf.Tensor[] {
  const random = (shape: number[], mean: number, seed: number) => tf.randomNormal(shape, mean, 0.3, 'float32', seed);
  return [
    random([2, 2, 2, 3], 0, 1),
    random([3], 1, 2),
    random([3], 0, 3),
    random([3], 0, 4),
    tf.tensor1d([0.5, 1, 2]),
  ];
}

const folded = (options: object = {}): LayersModel => {
  const model = sequential({ layers: [quantFoldedConv2d({ ...args, ...options } as never)] });
  tf.tidy(() => model.setWeights(weights()));
  return model;
};

const images = () => tf.randomNormal([4, 5, 5, 2], 0.5, 1, 'float32', 9) as tf.Tensor4D;

/** Result and gradients of a training pass, by what they are of. */
function trainingPass(model: LayersModel) {
  return tf.tidy(() => {
    const x = images();
    const found: Record<string, Float32Array> = {};
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const { grads } = tf.variableGrads(() => {
      const y = model.apply(x, { training: true }) as tf.Tensor;
      found['y'] = y.dataSync<'float32'>().slice();
      return tf.sum(tf.mul(y, tf.randomNormal(y.shape, 0, 1, 'float32', 5))) as tf.Scalar;
    }, variables);
    for (const weight of model.weights) {
      const name = weight.originalName.split('/').at(-1)!;
      found[name] = (grads[(weight.read() as tf.Variable).name] ?? weight.read()).dataSync<'float32'>().slice();
    }
    return found;
  });
}

describe('quantFoldedConv2d', () => {
  it('is at float a convolution with a normalization behind it, gradients and moving statistics included', () =>
    leavesNoTensors(() => {
      const apart = sequential({
        layers: [layers.conv2d({ ...args, useBias: false }), layers.batchNormalization({ name: 'bn' })],
      });
      tf.tidy(() => apart.setWeights(weights()));
      const [together, expected] = [folded({ kernelQuantizer: dorefaWeights({ bits: 'float' }) }), apart];
      const x = images();
      expectClose(valuesOf(together.predict(x) as tf.Tensor), valuesOf(expected.predict(x) as tf.Tensor), 1e-5);
      const [ours, theirs] = [trainingPass(together), trainingPass(expected)];
      expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
      for (const [name, values] of Object.entries(ours)) expectClose(values, [...theirs[name]!], 2e-4);
      x.dispose();
      together.dispose();
      apart.dispose();
    }));

  it.each(['cpu', 'wasm'])('folds before it quantizes, and adds β − γ·μ/σ, on %s', async (backend) => {
    await tf.setBackend(backend);
    await leavesNoTensors(() => {
      const model = folded({ kernelQuantizer: quantizer, activation: 'relu' });
      const x = images();
      const expected = tf.tidy(() => {
        const [kernel, gamma, beta, mean, variance] = weights();
        const deviation = tf.sqrt(tf.add(variance!, EPSILON));
        const kernelFolded = quantizer.quantize(tf.div(tf.mul(kernel!, gamma!), deviation)) as tf.Tensor4D;
        const bias = tf.sub(beta!, tf.div(tf.mul(gamma!, mean!), deviation));
        return [...tf.relu(tf.add(tf.conv2d(x, kernelFolded, 2, 'same'), bias)).dataSync()];
      });
      expectClose(valuesOf(model.predict(x) as tf.Tensor), expected, 1e-5);
      x.dispose();
      model.dispose();
    });
  });

  it("corrects the result from the moving statistics to the batch's in training", () =>
    leavesNoTensors(() => {
      const model = folded({ kernelQuantizer: quantizer, momentum: 0.75 });
      const { y, moving_variance: moved } = trainingPass(model);
      tf.tidy(() => {
        const [kernel, gamma, beta, , variance] = weights();
        const x = images();
        const before = tf.sqrt(tf.add(variance!, EPSILON));
        const raw = tf.moments(tf.conv2d(x, kernel as tf.Tensor4D, 2, 'same'), [0, 1, 2]);
        const now = tf.sqrt(tf.add(raw.variance, EPSILON));
        const kernelFolded = quantizer.quantize(tf.div(tf.mul(kernel!, gamma!), before)) as tf.Tensor4D;
        const corrected = tf.mul(tf.conv2d(x, kernelFolded, 2, 'same'), tf.div(before, now));
        expectClose(y!, [...tf.add(corrected, tf.sub(beta!, tf.div(tf.mul(gamma!, raw.mean), now))).dataSync()], 1e-4);
        expectClose(moved!, [...tf.add(tf.mul(variance!, 0.75), tf.mul(raw.variance, 0.25)).dataSync()], 1e-5);
      });
      model.dispose();
    }));

  it('trains by frozen statistics as it infers', () =>
    leavesNoTensors(() => {
      const model = folded({ kernelQuantizer: quantizer, statistics: 'moving' });
      const { y, moving_mean: mean } = trainingPass(model);
      const x = images();
      expectClose(y!, valuesOf(model.predict(x) as tf.Tensor), 1e-6);
      tf.tidy(() => expectClose(mean!, [...weights()[3]!.dataSync()], 0));
      x.dispose();
      model.dispose();
    }));

  it('makes a step from the folded kernel, and survives saving', () =>
    leavesNoTensors(async () => {
      const model = folded();
      const quantized = quantizeModel(model, [{ kind: 'conv', weights: { quantizer: 'lsq', bits: 3 } }]);
      const [{ layer }] = quantizedLayers(quantized) as [ReturnType<typeof quantizedLayers>[0]];
      const expected = tf.tidy(() => {
        const [kernel, gamma, , , variance] = weights();
        const foldedKernel = tf.div(tf.mul(kernel!, gamma!), tf.sqrt(tf.add(variance!, EPSILON)));
        return (2 * tf.mean(tf.abs(foldedKernel)).dataSync()[0]!) / Math.sqrt(3);
      });
      expect(layer.slots.get('kernelQuantizer')!.state()['step']!.dataSync()[0]).toBeCloseTo(expected, 5);
      const x = images();
      const loaded = await loadLayersModel(tf.io.fromMemory(await savedModel(quantized)));
      expect(valuesOf(loaded.predict(x) as tf.Tensor)).toEqual(valuesOf(quantized.predict(x) as tf.Tensor));
      const float = withPrecision({ weights: 'float' }, () => quantized.predict(x) as tf.Tensor);
      expectClose(valuesOf(float), valuesOf(model.predict(x) as tf.Tensor), 1e-6);
      const rows = modelSize(quantized, { movingStatistics: true }).perLayer.map(({ weight, kind, bits }) => [
        weight,
        kind,
        bits,
      ]);
      expect(rows).toEqual([
        ['kernel', 'conv', 3],
        ['gamma', 'batch-norm', 32],
        ['beta', 'batch-norm', 32],
        ['weights_step', 'quantizer', 32],
        ['moving_mean', 'batch-norm', 32],
        ['moving_variance', 'batch-norm', 32],
        ['weights_calibrated', 'batch-norm', 32],
      ]);
      x.dispose();
      for (const each of [model, quantized, loaded]) each.dispose();
    }));

  it('refuses channels that come first', () => {
    const first = { ...args, dataFormat: 'channelsFirst' as const, kernelQuantizer: lsqWeights({ bits: 2 }) };
    expect(() => quantFoldedConv2d(first)).toThrow(/has its channels last, in layer 'conv', received 'channelsFirst'/);
  });
});
