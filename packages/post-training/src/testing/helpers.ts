import '@lowbit/wasm-kernels';
import { batches, digits } from '@lowbit/data';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import type { Batches } from '../index.js';

/** The digits, scaled to [0, 1]. */
export interface Digits {
  readonly train: Batches;
  accuracy(model: LayersModel): Promise<number>;
}

const BATCH_SIZE = 128;

/** Gives batches of 512 training examples to calibrate on, and measures accuracy on 1,000 others. */
export async function openDigits(): Promise<Digits> {
  const { splits } = await digits({ testLimit: 1000 });
  return {
    async *train() {
      for await (const { inputs } of batches(splits['train']!, { batchSize: 512, shuffle: false })) {
        const x = scaled(inputs);
        yield x;
        x.dispose();
      }
    },
    async accuracy(model) {
      let right = 0;
      for await (const { inputs, targets } of batches(splits['test']!, { batchSize: 500, shuffle: false })) {
        tf.tidy(() => {
          const best = tf.argMax(model.predict(scaled(inputs)) as tf.Tensor, -1).dataSync();
          right += best.filter((label, i) => label === targets.data[i]).length;
        });
      }
      return right / splits['test']!.size;
    },
  };
}

/** A small net, trained for five epochs: convolutions with batch normalization and with a bias, and a dense layer. */
export async function trainedNet(): Promise<LayersModel> {
  const seeded = (seed: number) => ({ className: 'HeNormal', config: { seed } }) as never;
  const model = sequential({
    layers: [
      layers.conv2d({
        name: 'stem',
        inputShape: [8, 8, 1],
        filters: 16,
        kernelSize: 3,
        useBias: false,
        kernelInitializer: seeded(1),
      }),
      layers.batchNormalization({ name: 'bn', momentum: 0.9 }),
      layers.reLU({ name: 'relu' }),
      layers.conv2d({
        name: 'conv',
        filters: 24,
        kernelSize: 3,
        strides: 2,
        activation: 'relu',
        kernelInitializer: seeded(2),
      }),
      layers.flatten({ name: 'flat' }),
      layers.dense({ name: 'hidden', units: 32, activation: 'relu', kernelInitializer: seeded(3) }),
      layers.dense({ name: 'classes', units: 10, kernelInitializer: seeded(4) }),
    ],
  });
  const { splits } = await digits();
  const optimizer = tf.train.adam(3e-3);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  for (let epoch = 0; epoch < 5; epoch++) {
    for await (const { inputs, targets } of batches(splits['train']!, { batchSize: BATCH_SIZE, seed: 1, epoch })) {
      tf.tidy(() => {
        const labels = tf.oneHot(tf.tensor1d(targets.data as Int32Array, 'int32'), 10);
        const x = scaled(inputs);
        optimizer.minimize(
          () => tf.losses.softmaxCrossEntropy(labels, model.apply(x, { training: true }) as tf.Tensor),
          false,
          variables,
        );
      });
    }
  }
  optimizer.dispose();
  return model;
}

function scaled({ data, shape }: { data: Float32Array; shape: readonly number[] }): tf.Tensor {
  return tf.tensor(
    data.map((value) => value / 16),
    [...shape],
  );
}
