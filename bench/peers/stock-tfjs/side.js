// Stock TF.js WASM as a side of the benchmark: a training step of the net of a plan. The protocol is in ../README.md.
//
// usage: node side.js --batch N --seed N
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers'; // registers the gradients
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { netOf } from './net.js';
import { registerShims } from './shims.js';

const answer = (values) => process.stdout.write(`${JSON.stringify(values)}\n`);

async function start(plan) {
  const string = { type: 'string' };
  const { values } = parseArgs({ options: { batch: string, seed: string } });
  const [batch, seed] = [Number(values.batch), Number(values.seed)];
  await tf.setBackend('wasm');
  const shims = registerShims();
  const { variables, forward } = netOf(plan, seed);
  const classes = plan.layers.at(-1).units;
  const x = tf.randomNormal([batch, ...plan.inputShape], 0, 1, 'float32', seed);
  const labels = Array.from({ length: batch }, (_, i) => i % classes);
  // the WASM kernel writes float32 ones as the bits of integers
  const y = tf.tidy(() => tf.cast(tf.oneHot(labels, classes), 'float32'));
  const optimizer = tf.train.momentum(0.01, 0.9, true);
  const step = () => {
    const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, forward(x)), true, variables);
    const [value] = loss.dataSync();
    loss.dispose();
    return value;
  };
  const versions = { node: process.versions.node, tfjs: tf.version_core };
  answer({ ready: `WASM, 1 thread, shims for ${shims.join(', ')}`, versions });
  return step;
}

try {
  const requests = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const step = await start(JSON.parse((await requests.next()).value));
  for await (const request of requests) {
    if (request === 'memory') {
      answer({ memoryMiB: tf.backend().wasm.HEAPU8.length / 2 ** 20 });
      continue;
    }
    if (request !== 'step') throw new Error(`unknown request '${request}'`);
    const [wall, { user, system }] = [performance.now(), process.cpuUsage()];
    const loss = step();
    const used = process.cpuUsage();
    answer({ ms: performance.now() - wall, cpuMs: (used.user + used.system - user - system) / 1000, loss });
  }
} catch (error) {
  answer({ skipped: error.message.split('\n')[0] });
}
