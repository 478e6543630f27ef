import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { batchNorm, batchNormTraining } from './batch-norm.js';

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 3, 2, 'float32', seed);

describe('batchNorm', () => {
  it.each([[[4, 3, 3, 5]], [[6, 2]], [[2, 5, 3]]])(
    'does what the stock layer does on %j, gradients and moving statistics included',
    (shape) =>
      leavesNoTensors(() => {
        const options = { name: 'bn', momentum: 0.9, epsilon: 1e-3 };
        const models = [batchNorm(options), layers.batchNormalization(options)].map((layer) =>
          sequential({ layers: [layers.inputLayer({ inputShape: shape.slice(1) }), layer] }),
        );
        tf.tidy(() => {
          const x = random(shape, 1);
          const dy = random(shape, 2);
          const results = models.map((model) => {
            model.setWeights([1, 2, 3, 4].map((seed) => tf.abs(random([shape.at(-1)!], seed))));
            const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
            const loss = () => tf.sum(tf.mul(model.apply(x, { training: true }) as tf.Tensor, dy)) as tf.Scalar;
            const dx = tf.grad(() => loss())(x);
            const { value, grads } = tf.variableGrads(loss, variables);
            const test = model.predict(x) as tf.Tensor;
            return [value, dx, ...variables.map(({ name }) => grads[name]!), ...model.getWeights(), test].map((t) => [
              ...t.dataSync(),
            ]);
          });
          results[0]!.forEach((values, i) =>
            expectClose(values, results[1]![i]!, 2e-4 * Math.max(1, ...values.map(Math.abs))),
          );
        });
        models.forEach((model) => model.dispose());
      }),
  );

  it('has the gradient of its formula, by finite differences in float64', () => {
    const [x, gamma, beta, dy] = [
      [1, 4, 2, -3, 0.5, 7],
      [1.5, -0.5],
      [0.2, 0.1],
      [1, -2, 0.5, 3, -1, 0.25],
    ];
    const forward = (xs: number[]) => {
      let sum = 0;
      for (const c of [0, 1]) {
        const own = [0, 1, 2].map((i) => xs[2 * i + c]!);
        const mean = own.reduce((a, b) => a + b) / 3;
        const variance = own.reduce((a, b) => a + (b - mean) ** 2, 0) / 3;
        own.forEach(
          (v, i) => (sum += dy![2 * i + c]! * ((gamma![c]! * (v - mean)) / Math.sqrt(variance + 0.1) + beta![c]!)),
        );
      }
      return sum;
    };
    const h = 1e-5;
    const differences = x!.map((_, i) => {
      const moved = (by: number) => x!.map((v, j) => (i === j ? v + by : v));
      return (forward(moved(h)) - forward(moved(-h))) / (2 * h);
    });
    const actual = tf.tidy(() =>
      tf.grad((v) => batchNormTraining(v, tf.tensor1d(gamma!), tf.tensor1d(beta!), 0.1).y)(
        tf.tensor2d(x!, [3, 2]),
        tf.tensor2d(dy!, [3, 2]),
      ),
    );
    expectClose(valuesOf(actual), differences);
  });

  it('is saved as the stock layer', async () => {
    const model = sequential({ layers: [batchNorm({ inputShape: [3] })] });
    let artifacts: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (given) => {
        artifacts = given;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const loaded = await loadLayersModel(tf.io.fromMemory(artifacts!));
    expect(loaded.layers[0]!.getClassName()).toBe('BatchNormalization');
    const x = tf.tensor2d([[1, 2, 3]]);
    expect(valuesOf(loaded.predict(x) as tf.Tensor)).toEqual(valuesOf(model.predict(x) as tf.Tensor));
  });
});
