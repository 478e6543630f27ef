import { pickBackend } from '@lowbit/backends';
import type { Dataset, Split } from '@lowbit/plugin-api';
import { dorefaActivations, quantActivation } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, beforeEach, afterEach, expect, it } from 'vitest';
import faulty from '../testing/faulty.js';
import { collect, ofType, testRegistry } from '../testing/kit.js';
import { evaluate } from './evaluate.js';
import { train, type TrainOptions } from './train.js';

const MIB = 2 ** 20;

interface Wasm {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/** So many images of 8×8. */
function images(size: number): Split {
  return {
    size,
    read: async ({ length }) => ({
      inputs: { shape: [length, 8, 8, 1], data: new Float32Array(64 * length).fill(0.5) },
      targets: { shape: [length], data: Int32Array.from({ length }, (_, i) => i % 10) },
    }),
  };
}

const dataset = (size: number): Dataset => ({
  ...{ name: 'images', inputShape: [8, 8, 1], classes: [...'0123456789'], inputMax: 1 },
  splits: { train: images(size), test: images(10) },
});

/** An activation of 16 KiB an image. */
function cnn(): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({ inputShape: [8, 8, 1], filters: 64, kernelSize: 3, padding: 'same', useBias: false }),
      layers.batchNormalization(),
      quantActivation({ quantizer: dorefaActivations({ bits: 4 }) }),
      layers.conv2d({ filters: 64, kernelSize: 1, activation: 'relu' }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 10 }),
    ],
  });
}

const registry = testRegistry().add(faulty, 'test-faulty', new URL('../testing/faulty.ts', import.meta.url).href);
const run = (batchSize: number, options: Partial<TrainOptions>, more: object = {}) => {
  const data = { dataset: 'images', normalize: 'none' };
  const experiment = { data, model: { model: 'tiny' }, stages: [{ epochs: 1 }], batchSize, ...more };
  return collect(train(experiment as never, { registry, dataset: dataset(batchSize), ...options }));
};

let model: LayersModel;
let wasm: Wasm;
let before: object;
const held = () => ({ tensors: tf.memory().numTensors, data: tf.backend().numDataIds() });
beforeAll(async () => {
  await pickBackend('wasm');
  ({ wasm } = tf.backend() as unknown as { wasm: Wasm });
});
beforeEach(() => {
  before = held();
  model = cnn();
});
afterEach(() => {
  model.dispose();
  expect(held()).toEqual(before);
});

it('an activation of 2 GiB is an error that names the batch size', async () => {
  await expect(run(2 ** 17, { model })).rejects.toMatchObject({
    name: 'LowbitError',
    code: 'memory',
    message: expect.stringMatching(
      /^a batch of 131072 does not fit into the memory of the WASM backend: no room for a tensor of shape \[131072,8,8,64\] in a heap of \d+ MiB \(4 GiB at most, and 2 GiB in one piece\), in train; use a smaller batchSize, or more workers: each has/,
    ) as string,
  });
});

it('so is one in an evaluation', async () => {
  await expect(evaluate(model, images(2 ** 17), { batchSize: 2 ** 17 })).rejects.toMatchObject({
    code: 'memory',
    message: expect.stringMatching(/^a batch of 131072 .*, in evaluate; use a smaller batchSize$/) as string,
  });
});

it.each([60, 250, 450])(
  'so is a heap that fills up within a step (%i MiB left), and a smaller batch trains afterwards',
  async (left) => {
    const blocks = [1500, 1500, 1090 - left].map((mib) => wasm._malloc(mib * MIB));
    await expect(run(4096, { model })).rejects.toMatchObject({
      code: 'memory',
      message: expect.stringMatching(
        /^a batch of 4096 does not fit .* no room for .* in a heap of \d{4} MiB/,
      ) as string,
    });
    const smaller = await run(64, { model });
    for (const block of blocks) wasm._free(block);
    expect(ofType(smaller, 'end')[0]!.metrics.loss).toBeLessThan(10);
  },
);

it('so is the heap of a worker', async () => {
  const loss = { loss: 'faulty', how: 'memory', at: 0 };
  await expect(run(16, {}, { workers: 2, loss })).rejects.toMatchObject({
    code: 'memory',
    message: expect.stringMatching(
      /^a batch of 16 does not fit .* in worker 2 of 2; use a smaller batchSize, or/,
    ) as string,
  });
});

it('so are those of all workers', async () => {
  const tiny = { model: { model: 'tiny', units: 2048 } };
  await expect(run(2 ** 19, {}, { ...tiny, workers: 2 })).rejects.toMatchObject({
    code: 'memory',
    message: expect.stringMatching(/^a batch of 524288 does not fit .* in (train|worker 2 of 2); use a/) as string,
  });
});
