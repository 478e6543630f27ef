// A side that trains as people do who know TensorFlow.js alone: `model.fit` of one batch at each step. side.ts OWNER BATCH NET
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential, type Sequential } from '@tensorflow/tfjs-layers';
import type { Owner } from '../kernels/calls.js';
import { serve, timed } from '../run/serve.js';

const owner = process.argv[2] as Owner;
const batch = Number(process.argv[3]);
const hasNorm = process.argv[4] === 'batch-norm';

await serve(async () => {
  const about = await startBackend();
  const model = cnn();
  model.compile({ optimizer: tf.train.sgd(0.01), loss: 'categoricalCrossentropy' });
  const x = tf.randomUniform([batch, 28, 28, 1], 0, 1, 'float32', 1);
  const y = tf.oneHot(
    Array.from({ length: batch }, (_, i) => i % 10),
    10,
  );
  const step = () => timed(() => model.fit(x, y, { batchSize: batch, epochs: 1, verbose: 0 }));
  return { about, versions: { node: process.versions.node, tfjs: tf.version_core }, requests: { step } };
});
process.exit(0);

async function startBackend(): Promise<string> {
  if (owner === 'cpu') {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    return 'plain JavaScript';
  }
  if (owner === 'stock') {
    await import('@tensorflow/tfjs-backend-wasm');
    await tf.setBackend('wasm');
    return `TF.js's own kernels`;
  }
  const { simd } = await import('@lowbit/wasm-kernels');
  await tf.setBackend('wasm');
  return `${simd()} SIMD`;
}

/** The net of TensorFlow.js's own tutorial on handwritten digits: 0.32 million multiply-adds an image. */
function cnn(): Sequential {
  const block = (filters: number, inputShape?: [number, number, number]) => [
    layers.conv2d({
      ...{ filters, kernelSize: 5, ...(inputShape ? { inputShape } : {}) },
      ...(hasNorm ? { useBias: false } : { activation: 'relu' }),
    }),
    ...(hasNorm ? [layers.batchNormalization(), layers.activation({ activation: 'relu' })] : []),
    layers.maxPooling2d({ poolSize: 2 }),
  ];
  const head = [layers.flatten(), layers.dense({ units: 10, activation: 'softmax' })];
  return sequential({ layers: [...block(8, [28, 28, 1]), ...block(16), ...head] });
}
