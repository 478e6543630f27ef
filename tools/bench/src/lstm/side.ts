// A side that trains an LSTM on one batch at each step. side.ts own|stock BATCH UNITS
import { lstm } from '@lowbit/quant-core';
import { simd } from '@lowbit/wasm-kernels';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { serve, timed } from '../run/serve.js';

const owner = process.argv[2];
const [batch, units] = process.argv.slice(3).map(Number) as [number, number];

await serve(async () => {
  await tf.setBackend('wasm');
  const model = sequential({
    layers: [
      layers.inputLayer({ inputShape: [28, 28] }),
      (owner === 'own' ? lstm({ units }) : layers.lstm({ units })) as ReturnType<typeof layers.lstm>,
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0.01), loss: 'categoricalCrossentropy' });
  const x = tf.randomUniform([batch, 28, 28], 0, 1, 'float32', 1);
  const y = tf.oneHot(
    Array.from({ length: batch }, (_, i) => i % 10),
    10,
  );
  const step = () => timed(() => model.trainOnBatch(x, y));
  const about = `wasm, ${simd()} SIMD`;
  return { about, versions: { node: process.versions.node, tfjs: tf.version_core }, requests: { step } };
});
process.exit(0);
