import { pickBackend } from '@lowbit/backends';
import { dorefaActivations, dorefaWeights, quantActivation, quantConv2d } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { testRegistry } from '../testing/kit.js';
import { train } from './train.js';

const MIB = 2 ** 20;

/** What the heap has beside the ballast; the steps below use three quarters of it. */
const ROOM = 2 * MIB;

function heapBytes(): number {
  return (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length;
}

function quantizedCnn(): LayersModel {
  const kernelQuantizer = dorefaWeights({ bits: 1 });
  const activation = () => quantActivation({ quantizer: dorefaActivations({ bits: 4 }) });
  const same = { padding: 'same' as const, useBias: false };
  return sequential({
    layers: [
      layers.conv2d({ ...same, inputShape: [8, 8, 1], filters: 16, kernelSize: 3 }),
      layers.batchNormalization(),
      activation(),
      quantConv2d({ ...same, filters: 16, kernelSize: 3, strides: 2, kernelQuantizer }),
      layers.batchNormalization(),
      activation(),
      quantConv2d({ filters: 32, kernelSize: 1, kernelQuantizer }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 10 }),
    ],
  });
}

it('the WASM heap and the tensors of step 50 are those of step 1,000, whatever the batches were between', async () => {
  await pickBackend('wasm');
  // a heap that is nearly full, so that it would have to grow by what little a step left behind
  const ballast = tf.zeros([(heapBytes() - ROOM) / 4]);
  const model = quantizedCnn();
  const experiment = {
    // five steps an epoch, the last of ten images; two batches of the test split, the last of five
    data: { dataset: 'digits', limit: 90, testLimit: 25 },
    model: { model: 'given' },
    stages: [{ epochs: 200, schedule: { schedule: 'constant', rate: 0.01 } }],
    batchSize: 20,
    checkpointEvery: 10,
  };
  const seen = new Map<number, object>();
  for await (const { type, step } of train(experiment, { registry: testRegistry(), model })) {
    if (type !== 'step') continue;
    const { numTensors, numBytes, numDataBuffers } = tf.memory();
    seen.set(step, { heap: heapBytes(), numTensors, numBytes, numDataBuffers });
  }
  expect(seen.size).toBe(1000);
  expect(seen.get(1000)).toEqual(seen.get(50));
  model.dispose();
  ballast.dispose();
});
