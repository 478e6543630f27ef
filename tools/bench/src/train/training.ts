import { pickBackend, type BackendName } from '@lowbit/backends';
import { createRegistry } from '@lowbit/plugin-api';
import quantCore from '@lowbit/quant-core';
import schedules from '@lowbit/schedules';
import modelsSspq from '@lowbit/models-sspq';
import training, { train, type TrainEvent } from '@lowbit/training';
import { modelSpec, type Net, type Quantizers } from '../nets.js';
import heaps from './heaps.js';
import { randomImages } from './random-images.js';

export interface TrainingOptions {
  readonly backend: BackendName;
  readonly net: Net;
  readonly batch: number;
  readonly seed: number;
  /** 1 by default. */
  readonly workers?: number;
  /** Whether weights and activations are float instead of the net's few bits. */
  readonly float?: boolean;
  /** In place of the net's own. */
  readonly quantizers?: Quantizers;
}

/** A `train()` that goes on for as long as it is asked for steps. */
export interface Training {
  readonly about: string;
  step(): Promise<void>;
}

/** Starts the product's own `train()` on noise of CIFAR's shape. */
export async function startTraining(options: TrainingOptions): Promise<Training> {
  const { backend, net, batch, seed, workers = 1, float = false, quantizers } = options;
  const { reason, simd } = await pickBackend(backend);
  const registry = createRegistry([quantCore, schedules, modelsSspq, training]);
  registry.add(heaps, 'bench', new URL('./heaps.ts', import.meta.url).href);
  const experiment = {
    data: { dataset: 'random-images' },
    model: modelSpec(net, quantizers),
    // more epochs than anybody waits for, and nothing between them
    stages: [{ epochs: 1_000_000, schedule: { schedule: 'constant', rate: 0.01 } }],
    ...(float ? { precision: { weights: 'float', activations: 'float' } as const } : {}),
    ...(workers > 1 ? { workers, loss: 'watched' } : {}),
    ...{ batchSize: batch, seed, evaluateEvery: 0, checkpointEvery: 0 },
  };
  const events = train(experiment, { registry, dataset: randomImages(4 * batch) });
  await nextEvent(events, 'stage');
  const kernels = simd ? `${simd} SIMD` : reason.replace('asked for: ', '');
  const who = workers > 1 ? `${workers} workers (memory: of all together)` : '1 worker';
  const about = `${backend}, ${kernels}, ${who}`;
  return { about, step: () => nextEvent(events, 'step') };
}

async function nextEvent(events: AsyncGenerator<TrainEvent, void, void>, type: TrainEvent['type']): Promise<void> {
  for (;;) {
    const { value } = await events.next();
    if (!value) throw new Error('training ended');
    if (value.type === type) return;
  }
}
