import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Gives all weights that begin at 0 or 1 (biases, batch normalizations, their statistics) random values, as if they were trained. */
export function randomize(model: LayersModel, seed = 1): LayersModel {
  tf.tidy(() => {
    model.weights.forEach((weight, i) => {
      const name = weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
      const [low, high] = RANGES[/_bias$/.test(name) ? 'bias' : name] ?? [0, 0];
      if (low < high) weight.write(tf.randomUniform(weight.shape as number[], low, high, 'float32', seed + i));
    });
  });
  return model;
}

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  bias: [-0.3, 0.3],
  gamma: [-0.5, 1.5],
  beta: [-0.3, 0.6],
  moving_mean: [-0.3, 0.3],
  moving_variance: [0.2, 2],
};

/** Disposes of all weights of a model, those of models inside too, which TF.js leaves. */
export function free(model: LayersModel): void {
  model.weights.forEach((weight) => weight.dispose());
}
