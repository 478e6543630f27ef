// The product as a side of a benchmark: a step of `train()`, in a process of its own. See ./product.ts for the arguments.
import { parseArgs } from 'node:util';
import { pickBackend, type BackendName } from '@lowbit/backends';
import { createRegistry } from '@lowbit/plugin-api';
import quantCore from '@lowbit/quant-core';
import schedules from '@lowbit/schedules';
import modelsSspq from '@lowbit/models-sspq';
import training, { train, type TrainEvent } from '@lowbit/training';
import * as tf from '@tensorflow/tfjs-core';
import { modelSpec, type Net } from '../nets.js';
import { serve, timed, type Service } from '../run/serve.js';
import { KernelTimes } from './kernel-times.js';
import { randomImages } from './random-images.js';

/** Steps whose kernels are timed. */
const PROFILED = 2;

async function start(): Promise<Service> {
  const string = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { backend: string, net: string, batch: string, workers: string, seed: string, float: { type: 'boolean' } },
  });
  const [batch, workers, seed] = [values.batch, values.workers, values.seed].map(Number) as [number, number, number];
  const { reason } = await pickBackend(values.backend as BackendName);
  const registry = createRegistry([quantCore, schedules, modelsSspq, training]);
  const experiment = {
    data: { dataset: 'random-images' },
    model: modelSpec(values.net as Net),
    // more epochs than anybody waits for; nothing is evaluated between them
    stages: [{ epochs: 1_000_000, schedule: { schedule: 'constant', rate: 0.01 } }],
    ...(values.float ? { precision: { weights: 'float', activations: 'float' } as const } : {}),
    ...(workers > 1 ? { workers } : {}),
    ...{ batchSize: batch, seed, evaluateEvery: 0, checkpointEvery: 0 },
  };
  const events = train(experiment, { registry, dataset: randomImages(4 * batch) });
  await nextEvent(events, 'stage');
  const step = () => nextEvent(events, 'step');
  return {
    about: `${values.backend} (${reason}), ${workers} ${workers > 1 ? 'workers' : 'worker'}`,
    versions: { node: process.versions.node, tfjs: tf.version_core },
    requests: { step: () => timed(step), memory: async () => memory(), profile: () => profile(step) },
  };
}

async function nextEvent(events: AsyncGenerator<TrainEvent, void, void>, type: TrainEvent['type']): Promise<void> {
  for (;;) {
    const { value } = await events.next();
    if (!value) throw new Error('training ended');
    if (value.type === type) return;
  }
}

/** The peak of the steps so far: of the WASM heap, which never shrinks; on other backends of the whole process. */
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

await serve(start);
process.exit(0);
