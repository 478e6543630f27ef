import {
  API_VERSION,
  createRegistry,
  definePlugin,
  factory,
  type ModelContext,
  type Registry,
} from '@lowbit/plugin-api';
import dataPlugin, { deriveSeed } from '@lowbit/data';
import quantCore, { dorefaActivations, dorefaWeights, quantActivation, quantDense } from '@lowbit/quant-core';
import schedules from '@lowbit/schedules';
import '@tensorflow/tfjs-backend-cpu';
import { initializers, layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import type { TrainEvent } from '../loop/events.js';
import { plugin } from '../plugin.js';

/** A W1A2 net for the digits: small enough for the cpu backend, with all that a checkpoint must keep. */
export function tinyModel(
  { units = 16 }: { units?: number },
  { inputShape, classes, seed }: ModelContext,
): LayersModel {
  const kernelInitializer = (name: string) => initializers.glorotUniform({ seed: deriveSeed(seed, name) });
  const batchNorm = (name: string) => layers.batchNormalization({ name, momentum: 0.9 });
  return sequential({
    name: 'tiny',
    layers: [
      layers.flatten({ name: 'flatten', inputShape: [...inputShape] }),
      layers.dense({ name: 'first', units, useBias: false, kernelInitializer: kernelInitializer('first') }),
      batchNorm('first-bn'),
      quantActivation({ name: 'act', quantizer: dorefaActivations({ bits: 2 }) }),
      quantDense({
        name: 'middle',
        units,
        useBias: false,
        kernelInitializer: kernelInitializer('middle'),
        kernelQuantizer: dorefaWeights({ bits: 1 }),
      }),
      batchNorm('middle-bn'),
      layers.dense({ name: 'logits', units: classes, kernelInitializer: kernelInitializer('logits') }),
    ],
  });
}

const models = definePlugin({
  name: 'test-models',
  apiVersion: API_VERSION,
  models: { tiny: factory(z.strictObject({ units: z.int().optional() }), tinyModel) },
});

export function testRegistry(): Registry {
  return createRegistry([dataPlugin, schedules, quantCore, plugin, models]);
}

/** Two stages of two epochs, as Algorithm 1; 4 steps an epoch. */
export const tinyExperiment = {
  data: { dataset: 'digits', limit: 200, testLimit: 100 },
  model: { model: 'tiny' },
  stages: [
    {
      epochs: 2,
      precision: { activations: 'float' as const },
      schedule: { schedule: 'cosine', base: 0.05, floor: 0.01 },
    },
    { epochs: 2, optimizer: 'adam', schedule: { schedule: 'constant', rate: 0.003 } },
  ],
  batchSize: 50,
  seed: 3,
};

export async function collect(events: AsyncIterable<TrainEvent>): Promise<TrainEvent[]> {
  const all: TrainEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export function ofType<Type extends TrainEvent['type']>(
  events: readonly TrainEvent[],
  type: Type,
): Extract<TrainEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<TrainEvent, { type: Type }> => event.type === type);
}

/** Events without what differs between equal runs. */
export function timeless(events: readonly TrainEvent[]): unknown[] {
  return events.map((event) => {
    const { time: _time, ...rest } = event as TrainEvent & { seconds?: number };
    return 'seconds' in rest ? { ...rest, seconds: undefined } : rest;
  });
}

/** Long enough to be killed often: 120 steps, a checkpoint every third and at the end of each epoch. */
export const killedExperiment = {
  ...tinyExperiment,
  stages: [
    {
      epochs: 10,
      precision: { activations: 'float' as const },
      schedule: { schedule: 'cosine', base: 0.05, floor: 0.01 },
    },
    { epochs: 20, optimizer: 'adam', schedule: { schedule: 'constant', rate: 0.003 } },
  ],
  checkpointEverySteps: 3,
};
