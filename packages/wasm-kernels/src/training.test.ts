import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import './index.js';
import { noise } from './testing.js';

const seeded = (seed: number) => tfl.initializers.glorotUniform({ seed });

function cnn(): tfl.Sequential {
  const same = { padding: 'same' as const, useBias: false };
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({ ...same, inputShape: [9, 9, 3], filters: 6, kernelSize: 3, kernelInitializer: seeded(1) }),
      tfl.layers.batchNormalization(),
      tfl.layers.reLU(),
      tfl.layers.maxPooling2d({ poolSize: 2, padding: 'same' }),
      tfl.layers.depthwiseConv2d({ ...same, kernelSize: 3, depthwiseInitializer: seeded(2) }),
      tfl.layers.conv2d({ ...same, filters: 8, kernelSize: 1, strides: 2, kernelInitializer: seeded(3) }),
      tfl.layers.batchNormalization(),
      tfl.layers.averagePooling2d({ poolSize: 2, strides: 1 }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 4, activation: 'softmax', kernelInitializer: seeded(4) }),
    ],
  });
}

function lstm(): tfl.Sequential {
  const recurrentInitializer = tfl.initializers.glorotUniform({ seed: 7 });
  return tfl.sequential({
    layers: [
      tfl.layers.embedding({ inputDim: 11, outputDim: 5, inputLength: 6, embeddingsInitializer: seeded(5) }),
      tfl.layers.lstm({ units: 7, kernelInitializer: seeded(6), recurrentInitializer }),
      tfl.layers.dense({ units: 4, activation: 'softmax', kernelInitializer: seeded(8) }),
    ],
  });
}

/** Losses of each epoch, and how many tensors the whole left behind. */
async function train(backend: string, make: () => tfl.Sequential, input: () => tf.Tensor, rate: number) {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const x = input();
  const classes = Array.from({ length: x.shape[0]! }, (_, i) => (i * 7 + (i >> 2)) % 4);
  const labels = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), 4), 'float32'));
  const model = make();
  const optimizer = tf.train.momentum(rate, 0.9);
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const { history } = await model.fit(x, labels, { epochs: 12, batchSize: 8, shuffle: false, verbose: 0 });
  optimizer.dispose();
  model.dispose();
  tf.dispose([x, labels]);
  return { losses: history.loss as number[], left: tf.memory().numTensors - before };
}

describe.each([
  { name: 'a CNN', make: cnn, rate: 0.05, input: () => noise([24, 9, 9, 3], 11) },
  {
    name: 'an embedding and an LSTM',
    make: lstm,
    rate: 0.4,
    input: () => tf.tidy(() => tf.floor(tf.mul(tf.add(noise([24, 6], 12), 1), 5.5))),
  },
])('$name', ({ make, input, rate }) => {
  it('learns on the WASM backend as on the cpu backend, and leaves no tensor behind', async () => {
    const wasm = await train('wasm', make, input, rate);
    const cpu = await train('cpu', make, input, rate);
    expect(wasm.losses.at(-1)).toBeLessThan(0.8 * wasm.losses[0]!);
    wasm.losses.forEach((loss, epoch) => expect(loss / cpu.losses[epoch]!).toBeCloseTo(1, 2));
    expect(wasm.left).toBe(cpu.left);
  });
});
