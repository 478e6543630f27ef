// The product as a side of a benchmark: a step of `train()`, in a process of its own. See ./product.ts for the arguments.
import { parseArgs } from 'node:util';
import type { BackendName } from '@lowbit/backends';
import * as tf from '@tensorflow/tfjs-core';
import type { Net } from '../nets.js';
import { serve, timed } from '../run/serve.js';
import { KernelTimes } from './kernel-times.js';
import { startTraining } from './training.js';

/** Steps whose kernels are timed. */
const PROFILED = 2;

await serve(async () => {
  const string = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { backend: string, net: string, batch: string, workers: string, seed: string, float: { type: 'boolean' } },
  });
  const { about, step } = await startTraining({
    backend: values.backend as BackendName,
    net: values.net as Net,
    batch: Number(values.batch),
    workers: Number(values.workers),
    seed: Number(values.seed),
    float: values.float,
  });
  return {
    about,
    versions: { node: process.versions.node, tfjs: tf.version_core },
    requests: { step: () => timed(step), memory: async () => memory(), profile: () => profile(step) },
  };
});
process.exit(0);

/** The peak of the steps so far: of this thread's WASM heap, which never shrinks; on other backends of the whole process. */
function memory(): { memoryMiB: number } {
  const { wasm } = tf.backend() as { wasm?: { HEAPU8: Uint8Array } };
  return { memoryMiB: wasm ? wasm.HEAPU8.length / 2 ** 20 : process.resourceUsage().maxRSS / 2 ** 10 };
}

async function profile(step: () => Promise<void>): Promise<{ shares: Record<string, number> }> {
  const kernels = new KernelTimes();
  const { ms } = await timed(async () => {
    for (let i = 0; i < PROFILED; i++) await step();
  });
  return { shares: Object.fromEntries(kernels.shares(ms)) };
}
