// One side of the benchmark, in a process of its own: side.ts BACKEND BATCH. Prints one line of JSON, a SideResult.
import { pickBackend, type BackendName } from '@lowbit/backends';
import { createRegistry } from '@lowbit/plugin-api';
import quantCore from '@lowbit/quant-core';
import schedules from '@lowbit/schedules';
import modelsSspq from '@lowbit/models-sspq';
import training, { train } from '@lowbit/training';
import * as tf from '@tensorflow/tfjs-core';
import { spread } from '../report.js';
import { KernelTimes } from './kernel-times.js';
import { randomImages } from './random-images.js';

/** What a side prints. */
export type SideResult =
  | {
      readonly imagesPerSecond: { median: number; min: number; max: number };
      readonly kernels: [string, number][];
      readonly heapMiB?: number;
      readonly why: string;
    }
  | { readonly skipped: string };

/** Steps: enough for a median, few where each takes minutes. */
function plan(backend: BackendName): { warm: number; timed: number; profiled: number } {
  return backend === 'cpu' ? { warm: 0, timed: 1, profiled: 1 } : { warm: 2, timed: 7, profiled: 2 };
}

async function measure(backend: BackendName, batch: number): Promise<SideResult> {
  const { reason } = await pickBackend(backend);
  const { warm, timed, profiled } = plan(backend);
  const steps = warm + timed + profiled;
  const registry = createRegistry([quantCore, schedules, modelsSspq, training]);
  const dorefa = (bits: number) => ({ quantizer: 'dorefa', bits });
  const experiment = {
    data: { dataset: 'random-images' },
    model: { model: 'l-sspq20', weights: dorefa(4), activations: dorefa(4) },
    stages: [{ epochs: 1, schedule: { schedule: 'constant', rate: 0.01 } }],
    batchSize: batch,
  };
  const times: number[] = [];
  let kernels: KernelTimes | undefined;
  let last = performance.now();
  for await (const event of train(experiment, { registry, dataset: randomImages(batch * steps) })) {
    if (event.type === 'start') last = performance.now();
    if (event.type !== 'step') continue;
    const now = performance.now();
    times.push(now - last);
    if (event.step === warm + timed && profiled > 0) kernels = new KernelTimes();
    if (event.step === steps) break;
    last = performance.now();
  }
  const profiledMs = times.slice(warm + timed).reduce((sum, ms) => sum + ms, 0);
  const heap = (tf.backend() as { wasm?: { HEAPU8: Uint8Array } }).wasm?.HEAPU8.length;
  return {
    imagesPerSecond: spread(times.slice(warm, warm + timed).map((ms) => (1000 * batch) / ms)),
    kernels: kernels?.shares(profiledMs) ?? [],
    heapMiB: heap && heap / 2 ** 20,
    why: reason,
  };
}

const [backend, batch] = process.argv.slice(2);
const result = await measure(backend as BackendName, Number(batch)).catch((error: Error): SideResult => ({
  skipped: error.message.split('\n')[0]!.slice(0, 300),
}));
console.log(JSON.stringify(result));
process.exit(0);
