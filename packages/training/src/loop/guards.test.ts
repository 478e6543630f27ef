import { digits } from '@lowbit/data';
import { setBackend } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { collect, ofType, testRegistry, tinyExperiment } from '../testing/kit.js';
import type { TrainEvent } from './events.js';
import { train, type TrainOptions } from './train.js';

beforeAll(() => setBackend('cpu'));

const registry = testRegistry();
const run = (experiment: object = tinyExperiment, options: Partial<TrainOptions> = {}): AsyncGenerator<TrainEvent> =>
  train(experiment as never, { registry, ...options });

it('ends with an error where an evaluation is not finite, before a checkpoint of it', async () => {
  const given = await digits();
  const { test } = given.splits;
  const broken = {
    ...test,
    size: 8,
    read: async (indices: readonly number[]) => {
      const { inputs, targets } = await test.read(indices);
      return { inputs: { shape: inputs.shape, data: new Float32Array(inputs.data.length).fill(NaN) }, targets };
    },
  };
  const events: TrainEvent[] = [];
  const dataset = { ...given, splits: { ...given.splits, test: broken } };
  const all = async () => {
    for await (const event of run({ ...tinyExperiment, batchSize: 500 }, { dataset })) events.push(event);
  };
  await expect(all()).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringContaining("split 'test'") as string,
  });
  expect(ofType(events, 'checkpoint')).toEqual([]);
});

it.each(['weights', 'activations', 'gradients'])(
  'refuses bits for %s that nothing in the model quantizes',
  async (role) => {
    const model = sequential({ layers: [layers.flatten({ inputShape: [8, 8, 1] }), layers.dense({ units: 10 })] });
    const experiment = { ...tinyExperiment, stages: [{ epochs: 1, precision: { [role]: 2 } }] };
    await expect(collect(run(experiment, { model }))).rejects.toThrow(
      `nothing in the model quantizes ${role}, in stages[0].precision.${role}, received 2`,
    );
    model.dispose();
  },
);

it('holds a rate that still trains in a second stage that says nothing', async () => {
  const { optimizer: _optimizer, schedule: _schedule, ...second } = tinyExperiment.stages[1]!;
  const stages = [{ epochs: 2 }, second];
  const last = ofType(await collect(run({ ...tinyExperiment, stages })), 'step').at(-1)!;
  expect(last.stage).toBe(1);
  expect(last.rate).toBeGreaterThanOrEqual(0.001);
});
