// The product as a side of a benchmark: a step of `train()`, in a process of its own. See ./product.ts for the arguments.
import { parseArgs } from 'node:util';
import type { BackendName } from '@lowbit/backends';
import * as tf from '@tensorflow/tfjs-core';
import type { Net, Quantizers } from '../nets.js';
import { serve, timed } from '../run/serve.js';
import { heapMiB, otherHeaps } from './heaps.js';
import { KernelTimes } from './kernel-times.js';
import { startTraining } from './training.js';

/** Steps whose kernels are timed. */
const PROFILED = 2;

const MIB = 2 ** 20;

await serve(async () => {
  const string = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      ...{ backend: string, net: string, batch: string, workers: string, seed: string, quantizers: string },
      float: { type: 'boolean' },
    },
  });
  const workers = Number(values.workers);
  const { about, step } = await startTraining({
    backend: values.backend as BackendName,
    net: values.net as Net,
    batch: Number(values.batch),
    workers,
    seed: Number(values.seed),
    float: values.float,
    quantizers: values.quantizers === undefined ? undefined : (JSON.parse(values.quantizers) as Quantizers),
  });
  return {
    about,
    versions: { node: process.versions.node, tfjs: tf.version_core },
    requests: { step: () => timed(step), memory: () => memory(workers), profile: () => profile(step) },
  };
});
process.exit(0);

/** The peak of the steps so far, and the tensors of this thread. */
async function memory(workers: number): Promise<{ memoryMiB: number; tensors: number; tensorMiB: number }> {
  const { numTensors, numBytes } = tf.memory();
  return { memoryMiB: await peakMiB(workers), tensors: numTensors, tensorMiB: numBytes / MIB };
}

/** Of the WASM heaps of all workers together; on other backends of the whole process. */
async function peakMiB(workers: number): Promise<number> {
  const own = heapMiB();
  if (own === undefined) return (process.resourceUsage().maxRSS * 1024) / MIB;
  return (await otherHeaps(workers - 1)).reduce((sum, heap) => sum + heap, own);
}

async function profile(step: () => Promise<void>): Promise<{ shares: Record<string, number>; bytes: number }> {
  const kernels = new KernelTimes();
  const { ms } = await timed(async () => {
    for (let i = 0; i < PROFILED; i++) await step();
  });
  return { shares: Object.fromEntries(kernels.shares(ms)), bytes: kernels.bytes / PROFILED };
}
