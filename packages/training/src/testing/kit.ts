import { createRegistry, type Registry } from '@lowbit/plugin-api';
import dataPlugin from '@lowbit/data';
import quantCore from '@lowbit/quant-core';
import schedules from '@lowbit/schedules';
import '@tensorflow/tfjs-backend-cpu';
import type { TrainEvent } from '../loop/events.js';
import { plugin } from '../plugin.js';
import models from './models.js';

export function testRegistry(): Registry {
  const registry = createRegistry([dataPlugin, schedules, quantCore, plugin]);
  return registry.add(models, 'test-models', new URL('./models.ts', import.meta.url).href);
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
