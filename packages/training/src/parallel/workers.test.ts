import { pickBackend } from '@lowbit/backends';
import { API_VERSION, definePlugin, type Registry } from '@lowbit/plugin-api';
import { digits } from '@lowbit/data';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { evaluate } from '../loop/evaluate.js';
import { train, type TrainOptions } from '../loop/train.js';
import type { TrainEvent } from '../loop/events.js';
import { loadWeights } from '../loop/weights.js';
import { encodeCheckpoint } from '../run/checkpoint-file.js';
import { readRunCheckpoint } from '../run/load-run.js';
import { trainRun } from '../run/train-run.js';
import faulty from '../testing/faulty.js';
import { repeatable, temporaryFolder } from '../testing/folder.js';
import { collect, ofType, testRegistry, timeless, tinyExperiment } from '../testing/kit.js';
import { tinyModel } from '../testing/models.js';

const registry: Registry = testRegistry().add(
  faulty,
  'test-faulty',
  new URL('../testing/faulty.ts', import.meta.url).href,
);
const two = { ...tinyExperiment, workers: 2 };
const run = (experiment: object = two, options: Partial<TrainOptions> = {}): AsyncGenerator<TrainEvent> =>
  train(experiment as never, { registry, ...options });

const bytes = (events: readonly TrainEvent[]): Buffer[] =>
  ofType(events, 'checkpoint').map(({ checkpoint }) => Buffer.from(encodeCheckpoint(checkpoint)));

/** The threads of this process that JavaScript has started. */
function threads(): number {
  return (process.report.getReport() as unknown as { workers: unknown[] }).workers.length;
}

let tensors: number;
let others: number;
beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  [tensors, others] = [tf.memory().numTensors, threads()];
});
afterEach(() => {
  expect([tf.memory().numTensors, threads()]).toEqual([tensors, others]);
});

describe('several workers', () => {
  it('give the same bits twice, and learn what one does', async () => {
    const [a, b] = [await collect(run()), await collect(run())];
    expect(timeless(a)).toEqual(timeless(b));
    expect(bytes(a)).toEqual(bytes(b));
    const alone = await collect(run(tinyExperiment));
    const [first, second] = [a, alone].map((events) => ofType(events, 'end')[0]!.metrics.loss!);
    expect(Math.abs(first! - second!)).toBeLessThan(0.2);
    expect(bytes(a)[0]!.equals(bytes(alone)[0]!)).toBe(false);
  });

  it('give the same bits twice on WASM, with its kernels', async () => {
    await pickBackend('wasm');
    try {
      const experiment = { ...two, stages: [{ epochs: 1 }] };
      const [a, b] = [await collect(run(experiment)), await collect(run(experiment))];
      expect(ofType(a, 'start')[0]!.backend).toBe('wasm');
      expect(timeless(a)).toEqual(timeless(b));
      expect(bytes(a)).toEqual(bytes(b));
    } finally {
      await tf.setBackend('cpu');
    }
  });

  it('evaluate with the bits of one', async () => {
    const events = await collect(run({ ...two, workers: 3, batchSize: 30, stages: [{ epochs: 1 }] }));
    const { checkpoint } = ofType(events, 'checkpoint').at(-1)!;
    const { task } = ofType(events, 'start')[0]!;
    const model = tinyModel({}, { ...task, classes: 10, seed: 0, registry });
    loadWeights(model, checkpoint.weights);
    const { test } = (await digits({ testLimit: 100 })).splits;
    const alone = await evaluate(model, test, { normalize: task.normalization, batchSize: 30 });
    expect(ofType(events, 'evaluate')[0]!.metrics).toEqual(alone);
    model.dispose();
  });

  it('are at it together', async () => {
    let most = 0;
    for await (const { type } of run({ ...two, workers: 3, stages: [{ epochs: 1 }] })) {
      if (type === 'step') most = Math.max(most, threads());
    }
    expect(most).toBe(others + 2);
  });

  it('end bit for bit as if nothing had been, when the run is resumed', async () => {
    const whole = await collect(run({ ...two, checkpointEverySteps: 3 }));
    const at = ofType(whole, 'checkpoint').find(({ step }) => step === 6)!;
    const rest = await collect(run({ ...two, checkpointEverySteps: 3 }, { resume: at.checkpoint }));
    expect(timeless(rest.slice(1))).toEqual(timeless(whole.slice(whole.indexOf(at) + 1)));
    expect(bytes(rest).at(-1)).toEqual(bytes(whole).at(-1));
  });

  it('may have a last batch of fewer examples than they are', async () => {
    const experiment = { ...two, data: { dataset: 'digits', limit: 101, testLimit: 10 }, stages: [{ epochs: 1 }] };
    const events = await collect(run(experiment));
    expect(ofType(events, 'step')).toHaveLength(3);
    expect(ofType(events, 'end')[0]!.metrics.loss).toBeGreaterThan(0);
  });

  it('of one are none: the bits are those of the plain loop, and there is no thread', async () => {
    let most = 0;
    const events: TrainEvent[] = [];
    for await (const event of run({ ...tinyExperiment, workers: 1 }, { registry: testRegistry() })) {
      events.push(event);
      most = Math.max(most, threads());
    }
    expect(most).toBe(others);
    expect(bytes(events)).toEqual(bytes(await collect(run(tinyExperiment))));
  });
});

describe('the end of a run', () => {
  it.each(['start', 'step', 'evaluate', 'checkpoint'])(
    'by a reader that leaves at %s ends the workers',
    async (type) => {
      for await (const event of run()) if (event.type === type) break;
    },
  );

  it('by its signal does too, after a checkpoint', async () => {
    const controller = new AbortController();
    const events: TrainEvent[] = [];
    for await (const event of run(two, { signal: controller.signal })) {
      events.push(event);
      if (event.type === 'step' && event.step === 2) controller.abort();
    }
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['checkpoint', 'interrupted']);
  });

  it.each([
    ['throw', 'a worker failed: out of order, in worker 2 of 2; the run'],
    ['uncaught', 'a worker failed: out of order, in worker 2 of 2; the run'],
    ['exit', 'a worker ended with exit code 3, in worker 2 of 2; the run'],
  ])('by a worker that fails (%s) is one error, and the last checkpoint is whole', async (how, message) => {
    const dir = temporaryFolder();
    const experiment = { ...two, loss: { loss: 'faulty', how, at: 5 } };
    const failed = collect(trainRun(experiment as never, { dir, registry }));
    await expect(failed).rejects.toMatchObject({
      name: 'LowbitError',
      code: 'worker',
      message: expect.stringContaining(message) as string,
    });
    expect((await readRunCheckpoint(dir))!.state.step).toBe(4);
  });

  it('by an error of the data in a worker is that error', async () => {
    const bad = {
      size: 4,
      read: async (indices: readonly number[]) => ({
        inputs: { shape: [indices.length, 8, 8, 1], data: new Float32Array(64 * indices.length) },
        targets: { shape: [indices.length], data: Int32Array.from(indices, (_, i) => (i < 2 ? 0 : 10)) },
      }),
    };
    const classes = Array.from({ length: 10 }, (_, i) => `${i}`);
    const dataset = { name: 'bad', inputShape: [8, 8, 1], classes, inputMax: 1, splits: { train: bad, test: bad } };
    const experiment = { ...two, data: { dataset: 'bad', normalize: 'none' }, batchSize: 4 };
    await expect(collect(run(experiment, { dataset }))).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining('a label is out of range, in the targets, received 10') as string,
    });
  });
});

describe('before a step is done', () => {
  it('more workers than a batch has examples are an error', async () => {
    await expect(collect(run({ ...two, workers: 51 }))).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('a batch of 50 cannot be shared between more workers than that') as string,
    });
  });

  it('so is a model that is given', async () => {
    const model = tinyModel({}, { inputShape: [8, 8, 1], classes: 10, seed: 0, registry });
    await expect(collect(run(two, { model }))).rejects.toThrow('a given model cannot be trained by several workers');
    model.dispose();
  });

  it('so is a plugin that they cannot import', async () => {
    const own = definePlugin({ name: 'my-own', apiVersion: API_VERSION });
    await expect(collect(run(two, { registry: testRegistry().add(own) }))).rejects.toMatchObject({
      code: 'plugin',
      message: expect.stringMatching(/^workers cannot import plugin 'my-own': .*, in my-own; make it/) as string,
    });
  });
});

it('a run with other workers is another run', async () => {
  const dir = temporaryFolder();
  await collect(trainRun(two as never, { dir, registry }));
  const before = repeatable(dir);
  const summary = JSON.parse(readFileSync(path.join(dir, 'summary.json'), 'utf8')) as object;
  const record = JSON.parse(readFileSync(path.join(dir, 'experiment.json'), 'utf8')) as object;
  expect([summary, record]).toMatchObject([{ workers: 2 }, { workers: 2 }]);
  const other = collect(trainRun({ ...two, workers: 1 } as never, { dir, registry, resume: true }));
  await expect(other).rejects.toThrow('workers differs, in');
  expect(repeatable(dir)).toEqual(before);
});
