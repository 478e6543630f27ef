import {
  API_VERSION,
  definePlugin,
  type LowbitError,
  type Dataset,
  type GradientTransform,
  type Step,
} from '@lowbit/plugin-api';
import { digits } from '@lowbit/data';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeCheckpoint } from '../run/checkpoint-file.js';
import { collect, ofType, testRegistry, timeless, tinyExperiment } from '../testing/kit.js';
import { tinyModel } from '../testing/models.js';
import { evaluate } from './evaluate.js';
import type { TrainEvent } from './events.js';
import type { Checkpoint } from './state.js';
import { train, type TrainOptions } from './train.js';
import { loadWeights } from './weights.js';

beforeAll(() => tf.setBackend('cpu'));

const registry = testRegistry();
const run = (experiment: object = tinyExperiment, options: Partial<TrainOptions> = {}): AsyncGenerator<TrainEvent> =>
  train(experiment as never, { registry, ...options });

/** A run that is interrupted as soon as an event is what `when` waits for. */
async function interruptedAt(when: (event: TrainEvent) => boolean, experiment?: object): Promise<TrainEvent[]> {
  const controller = new AbortController();
  const events: TrainEvent[] = [];
  for await (const event of run(experiment, { signal: controller.signal })) {
    events.push(event);
    if (when(event)) controller.abort();
  }
  return events;
}

const lastCheckpoint = (events: readonly TrainEvent[]): Checkpoint => ofType(events, 'checkpoint').at(-1)!.checkpoint;
const bytesOf = (checkpoint: Checkpoint): Buffer => Buffer.from(encodeCheckpoint(checkpoint));

describe('train', () => {
  it('yields what happens in order', async () => {
    const events = await collect(run());
    const epoch = [...Array<string>(4).fill('step'), 'evaluate', 'epoch', 'checkpoint'];
    expect(events.map(({ type }) => type)).toEqual([
      'start',
      'stage',
      ...epoch,
      ...epoch,
      'stage',
      ...epoch,
      ...epoch,
      'end',
    ]);
    expect(events[0]).toMatchObject({
      stepsPerEpoch: 4,
      steps: 16,
      epochs: 4,
      resumed: false,
      backend: process.env.LOWBIT_TEST_BACKEND ?? 'cpu',
    });
    expect(ofType(events, 'step').map(({ step, epoch, stage }) => [step, epoch, stage])).toEqual(
      Array.from({ length: 16 }, (_, i) => [i + 1, Math.floor(i / 4), Math.floor(i / 8)]),
    );
    expect(ofType(events, 'epoch').map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    const [first] = ofType(events, 'epoch');
    expect(Object.keys(first!.metrics)).toEqual(['loss', 'accuracy', 'top5', 'testLoss', 'testAccuracy', 'testTop5']);
  });

  it('learns', async () => {
    const end = ofType(
      await collect(run({ ...tinyExperiment, data: { dataset: 'digits' }, batchSize: 64 })),
      'end',
    )[0]!;
    expect(end.metrics.testAccuracy).toBeGreaterThan(0.85);
    expect(end.size.perLayer.find(({ layer }) => layer === 'middle')).toMatchObject({ bits: 1, count: 256 });
  });

  it('gives the same bits twice', async () => {
    const [a, b] = [await collect(run()), await collect(run())];
    expect(timeless(a)).toEqual(timeless(b));
    expect(bytesOf(lastCheckpoint(a)).equals(bytesOf(lastCheckpoint(b)))).toBe(true);
  });

  it('gives other weights for another seed', async () => {
    const experiment = { ...tinyExperiment, stages: [{ epochs: 1 }] };
    const [a, b] = [await collect(run(experiment)), await collect(run({ ...experiment, seed: 4 }))];
    expect(bytesOf(lastCheckpoint(a)).equals(bytesOf(lastCheckpoint(b)))).toBe(false);
  });

  it('accounts for every example of an epoch in its metrics', async () => {
    const events = await collect(
      run({ ...tinyExperiment, data: { dataset: 'digits', limit: 130 }, stages: [{ epochs: 1 }] }),
    );
    const steps = ofType(events, 'step').map(({ metrics }) => metrics.loss!);
    const [a, b, c] = steps as [number, number, number];
    expect(steps).toHaveLength(3);
    expect(ofType(events, 'epoch')[0]!.metrics.loss).toBeCloseTo((50 * a + 50 * b + 30 * c) / 130, 12);
  });
});

describe('stages', () => {
  it('hold the rate that the stage before ended with, when they have no schedule', async () => {
    const [first] = tinyExperiment.stages;
    const steps = ofType(await collect(run({ ...tinyExperiment, stages: [first, { epochs: 1 }] })), 'step');
    const rates = steps.map(({ rate }) => rate);
    expect(rates[0]).toBe(0.05);
    expect(rates[7]).toBeLessThan(0.02);
    expect(rates.slice(8)).toEqual(Array(4).fill(rates[7]));
  });

  it('train and evaluate at their own precision', async () => {
    const events = await collect(run());
    const dataset = await digits({ testLimit: 100 });
    const [start] = ofType(events, 'start');
    const model = tinyModel({}, { inputShape: [8, 8, 1], classes: 10, seed: 0, registry });
    const measure = async (index: number, precision: object) => {
      loadWeights(model, ofType(events, 'checkpoint')[index]!.checkpoint.weights);
      return evaluate(model, dataset.splits.test, { normalize: start!.task.normalization, precision, batchSize: 50 });
    };
    const evaluations = ofType(events, 'evaluate').map(({ metrics }) => metrics);
    expect(await measure(1, { activations: 'float' })).toEqual(evaluations[1]);
    expect(await measure(1, {})).not.toEqual(evaluations[1]);
    expect(await measure(3, {})).toEqual(evaluations[3]);
  });

  it('begin with the weights of the stage before and with fresh optimizer state, keep other state', async () => {
    const seen: { stage: number; velocity: number; mine: number; stageIndex: number }[] = [];
    const spy: GradientTransform = (gradients, _variables, step: Step) => {
      const mine = step.slot('mine', 'logits/bias');
      const [count] = mine.dataSync();
      mine.assign(tf.fill(mine.shape, count! + 1));
      const velocity = tf.sum(tf.abs(step.slot('optimizer/0/velocity', 'logits/bias'))).dataSync()[0]!;
      seen.push({ stage: step.stage, stageIndex: step.stageIndex, velocity, mine: count! });
      return gradients;
    };
    const spied = testRegistry().add(
      definePlugin({ name: 'spy', apiVersion: API_VERSION, gradientTransforms: { spy: () => spy } }),
    );
    const stage = { epochs: 1, optimizer: 'momentum', gradientTransforms: ['spy'] };
    const events = await collect(run({ ...tinyExperiment, stages: [stage, stage] }, { registry: spied }));
    expect(seen.map(({ mine }) => mine)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(seen.map(({ stageIndex }) => stageIndex)).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    expect(seen.map(({ velocity }) => velocity > 0)).toEqual([false, true, true, true, false, true, true, true]);
    expect(Object.keys(lastCheckpoint(events).slots)).toContain('mine/logits/bias');
  });

  it('judge their best epoch by themselves', async () => {
    const events = await collect(run());
    const checkpoints = ofType(events, 'checkpoint').map(({ best }) => best);
    expect([checkpoints[0], checkpoints[2]]).toEqual([true, true]);
    const accuracies = ofType(events, 'evaluate').map(({ metrics }) => metrics.accuracy!);
    const [, , third, fourth] = accuracies as [number, number, number, number];
    expect(ofType(events, 'end')[0]!.best!.epoch).toBe(fourth > third ? 4 : 3);
  });

  it('are evaluated and stored as seldom as is asked, and at their end', async () => {
    const stages = [{ epochs: 3 }];
    const events = await collect(run({ ...tinyExperiment, stages, evaluateEvery: 2, checkpointEvery: 0 }));
    expect(ofType(events, 'evaluate').map(({ epoch }) => epoch)).toEqual([2, 3]);
    expect(ofType(events, 'checkpoint').at(-1)!.epoch).toBe(3);
    expect(ofType(events, 'epoch').map(({ metrics }) => 'testLoss' in metrics)).toEqual([false, true, true]);
  });

  it('judge by a validation split, and test at the end', async () => {
    const data = { dataset: 'digits', limit: 100, testLimit: 100, validation: 60 };
    const events = await collect(run({ ...tinyExperiment, data, stages: [{ epochs: 2 }] }));
    expect(ofType(events, 'evaluate').map(({ split, epoch }) => [split, epoch])).toEqual([
      ['validation', 1],
      ['validation', 2],
      ['test', 2],
    ]);
    expect(ofType(events, 'end')[0]!.metrics).toHaveProperty('testAccuracy');
  });
});

describe('a resumed run', () => {
  const experiment = { ...tinyExperiment, checkpointEverySteps: 3 };

  let whole: TrainEvent[];
  beforeAll(async () => {
    whole = await collect(run(experiment));
  });

  function expectSameEnd(rest: TrainEvent[]): void {
    expect(rest[0]).toMatchObject({ type: 'start', resumed: true });
    expect(timeless(ofType(rest, 'end'))).toEqual(timeless(ofType(whole, 'end')));
    expect(bytesOf(lastCheckpoint(rest)).equals(bytesOf(lastCheckpoint(whole)))).toBe(true);
  }

  it('ends bit for bit as one that was not interrupted, from any of its checkpoints', async () => {
    const checkpoints = ofType(whole, 'checkpoint');
    expect(checkpoints.map(({ step }) => step)).toEqual([3, 4, 6, 8, 9, 12, 15, 16]);
    for (const event of checkpoints.slice(0, -1)) {
      const rest = await collect(run(experiment, { resume: event.checkpoint }));
      expect(timeless(rest.slice(1))).toEqual(timeless(whole.slice(whole.indexOf(event) + 1)));
      expectSameEnd(rest);
    }
  });

  it.each<[string, (event: TrainEvent) => boolean]>([
    ['before the first step', ({ type }) => type === 'start'],
    ['inside an epoch', ({ type, step }) => type === 'step' && step === 6],
    ['after the last step of an epoch', ({ type, step }) => type === 'step' && step === 4],
    ['after the evaluation', ({ type, step }) => type === 'evaluate' && step === 4],
    ['after an epoch', ({ type, step }) => type === 'epoch' && step === 4],
    ['after a stage', ({ type, step }) => type === 'checkpoint' && step === 8],
    ['at the beginning of a stage', ({ type, stage }) => type === 'stage' && stage === 1],
  ])('ends as one that was not interrupted, when the signal came %s', async (_when, when) => {
    const first = await interruptedAt(when, experiment);
    expect(first.slice(-2).map(({ type }) => type)).toEqual(['checkpoint', 'interrupted']);
    const rest = await collect(run(experiment, { resume: lastCheckpoint(first) }));
    expectSameEnd(rest);
    expect(ofType([...first, ...rest], 'stage')).toHaveLength(2);
  });

  it('needs the stage that its checkpoint is of', async () => {
    const resume = lastCheckpoint(await collect(run()));
    const experiment = { ...tinyExperiment, stages: tinyExperiment.stages.slice(0, 1) };
    await expect(collect(run(experiment, { resume }))).rejects.toThrow(
      /^the checkpoint is of a stage that is not there, in stages, received '1 stages, and a checkpoint of stage 2'/,
    );
  });

  it('of N epochs, resumed to 2N, is one of 2N, when the schedule does not look at the end', async () => {
    const epochs = (n: number) => ({
      ...tinyExperiment,
      stages: [{ epochs: n, schedule: { schedule: 'constant', rate: 0.03 } }],
    });
    const whole = await collect(run(epochs(4)));
    const half = lastCheckpoint(await collect(run(epochs(2))));
    const rest = await collect(run(epochs(4), { resume: half }));
    expect(bytesOf(lastCheckpoint(rest)).equals(bytesOf(lastCheckpoint(whole)))).toBe(true);
  });

  it('that had ended ends again with the same metrics', async () => {
    const whole = await collect(run());
    const again = await collect(run(undefined, { resume: lastCheckpoint(whole) }));
    expect(again.map(({ type }) => type)).toEqual(['start', 'end']);
    expect(timeless(ofType(again, 'end'))).toEqual(timeless(ofType(whole, 'end')));
  });
});

describe('what the loop makes', () => {
  it('stays the same in number from epoch to epoch, and is gone at the end', async () => {
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    for await (const { type } of run()) if (type === 'epoch') counts.push(tf.memory().numTensors);
    expect(counts[1]).toBe(counts[0]);
    expect(counts[3]).toBe(counts[2]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(['start', 'step', 'evaluate', 'checkpoint'])('is gone when its reader leaves at %s', async (type) => {
    const before = tf.memory().numTensors;
    for await (const event of run()) if (event.type === type) break;
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is gone after an error; a given model stays', async () => {
    const model = tinyModel({}, { inputShape: [8, 8, 1], classes: 10, seed: 0, registry });
    const before = tf.memory().numTensors;
    const schedule = { schedule: 'constant', rate: 1e30 };
    await expect(collect(run({ ...tinyExperiment, stages: [{ epochs: 1, schedule }] }, { model }))).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});

describe('errors', () => {
  it('say where training diverged and what to try', async () => {
    const schedule = { schedule: 'constant', rate: 1e30 };
    const failed = collect(run({ ...tinyExperiment, stages: [{ name: 'warm', epochs: 2, schedule }] }));
    const error = await failed.catch((reason: unknown) => reason as LowbitError);
    expect(error).toMatchObject({ name: 'LowbitError', code: 'diverged' });
    expect((error as LowbitError).message).toMatch(
      /^training diverged: the (loss|gradient) is not finite, in warm, epoch 1 of 2 \(1 of the run\), step \d, learning rate 1e\+30, received .*; try a lower/,
    );
  });

  it('see a gradient that is not finite before a checkpoint is written', async () => {
    const bad = testRegistry().add(
      definePlugin({
        name: 'bad',
        apiVersion: API_VERSION,
        // √0 has an infinite gradient, its loss is finite
        losses: { bad: () => (outputs) => tf.sum<tf.Scalar>(tf.sqrt(tf.mul(outputs, 0))) },
      }),
    );
    const events: TrainEvent[] = [];
    const failed = (async () => {
      for await (const event of run({ ...tinyExperiment, loss: 'bad' }, { registry: bad })) events.push(event);
    })();
    await expect(failed).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringContaining('the gradient is not'),
    });
    expect(ofType(events, 'checkpoint')).toEqual([]);
  });

  it.each([
    [{ ...tinyExperiment, model: { model: 'tony' } }, "unknown model 'tony', in model; did you mean 'tiny'?"],
    [{ ...tinyExperiment, model: { model: 'tiny', unit: 3 } }, "unknown key 'unit', in model (model 'tiny')"],
    [{ ...tinyExperiment, data: { dataset: 'digits', limt: 3 } }, "unknown key 'limt', in data (dataset 'digits')"],
    [{ ...tinyExperiment, data: { dataset: 'digit' } }, "unknown dataset 'digit', in data; did you mean 'digits'"],
    [{ ...tinyExperiment, loss: 'softmax' }, "unknown loss 'softmax', in stages[0].loss"],
    [
      { ...tinyExperiment, optimizer: 'addam', stages: [{ epochs: 1 }] },
      "in stages[0].optimizer[0]; did you mean 'adam'",
    ],
    [
      { ...tinyExperiment, data: { dataset: 'digits', augment: ['flop'] } },
      'unknown augmentation, in data at augment[0]',
    ],
  ])('name what %j has wrong', async (experiment, message) => {
    await expect(collect(run(experiment))).rejects.toThrow(message);
  });
});

it('refuses a data set with nothing in it', async () => {
  const given = await digits();
  const empty = { ...given.splits.test, size: 0 };
  const train = { ...given, splits: { ...given.splits, train: empty } };
  await expect(collect(run(tinyExperiment, { dataset: train }))).rejects.toThrow('there is nothing to train on');
  const test = { ...given, splits: { ...given.splits, test: empty } };
  await expect(collect(run(tinyExperiment, { dataset: test }))).rejects.toThrow('a split without examples');
});

it('trains a given model on a given data set to other targets than classes', async () => {
  const values = Float32Array.from({ length: 64 }, (_, i) => i / 64 - 0.5);
  const split = {
    size: 64,
    read: async (indices: readonly number[]) => ({
      inputs: { shape: [indices.length, 1], data: Float32Array.from(indices, (i) => values[i]!) },
      targets: { shape: [indices.length], data: Float32Array.from(indices, (i) => values[i]! / 2) },
    }),
  };
  const dataset: Dataset = {
    name: 'line',
    inputShape: [1],
    classes: [],
    inputMax: 1,
    splits: { train: split, test: split },
  };
  const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' })] });
  const experiment = {
    data: { dataset: 'line', normalize: 'none' },
    model: { model: 'given' },
    epochs: 20,
    loss: 'mse',
    batchSize: 8,
  };
  const [end] = ofType(await collect(run(experiment, { dataset, model })), 'end');
  expect(Object.keys(end!.metrics)).toEqual(['loss', 'testLoss']);
  // as integers all targets would be 0
  expect(end!.metrics.testLoss).toBeLessThan(1e-4);
  expect(model.getWeights()[0]!.dataSync()[0]).toBeCloseTo(0.5, 2);
  model.dispose();
});
