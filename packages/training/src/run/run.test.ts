import { memory, setBackend } from '@tensorflow/tfjs-core';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../loop/evaluate.js';
import type { TrainEvent } from '../loop/events.js';
import { openDataset } from '../loop/setup.js';
import { filesBelow, loggedEvents, repeatable, temporaryFolder } from '../testing/folder.js';
import { collect, ofType, testRegistry, tinyExperiment } from '../testing/kit.js';
import { secondsOf } from './event-log.js';
import { loadRun, readRun } from './load-run.js';
import { trainRun, type TrainRunOptions } from './train-run.js';

beforeAll(() => setBackend('cpu'));

const registry = testRegistry();
const experiment = { ...tinyExperiment, checkpointEverySteps: 3 };

function run(dir: string, options: Partial<TrainRunOptions> = {}, input: object = experiment) {
  return collect(trainRun(input as never, { dir, registry, ...options }));
}

/** Trains until so many steps are done, as Ctrl-C would end it. */
async function interrupted(dir: string, steps: number, options: Partial<TrainRunOptions> = {}): Promise<TrainEvent[]> {
  const controller = new AbortController();
  const stop = (event: TrainEvent): void => {
    if (event.type === 'step' && event.step === steps) controller.abort();
  };
  return run(dir, { signal: controller.signal, listeners: [stop], ...options });
}

describe('a run folder', () => {
  it('has all that the contract names', async () => {
    const dir = temporaryFolder();
    const events = await run(dir);
    expect(filesBelow(dir)).toEqual([
      path.join('checkpoints', 'best', 'model.safetensors'),
      path.join('checkpoints', 'best', 'state.json'),
      path.join('checkpoints', 'last', 'model.safetensors'),
      path.join('checkpoints', 'last', 'state.json'),
      'events.jsonl',
      'events.out.tfevents.lowbit',
      'experiment.json',
      'summary.json',
    ]);
    const record = JSON.parse(readFileSync(path.join(dir, 'experiment.json'), 'utf8')) as Record<string, unknown>;
    expect(record).toMatchObject({
      seed: 3,
      batchSize: 50,
      backend: process.env.LOWBIT_TEST_BACKEND ?? 'cpu',
      data: { dataset: 'digits', limit: 200 },
    });
    expect(Object.keys(record)).toEqual(expect.arrayContaining(['task', 'versions', 'commit', 'stages', 'model']));
    const lines = loggedEvents(dir);
    expect(lines.map(({ type, step, epoch, stage, time }) => ({ type, step, epoch, stage, time }))).toEqual(
      events.map(({ type, step, epoch, stage, time }) => ({ type, step, epoch, stage, time })),
    );
    expect(JSON.stringify(lines)).not.toContain('weights');
    const end = ofType(events, 'end')[0]!;
    const { summary } = await readRun(dir);
    expect(summary!.metrics).toMatchObject({ ...end.metrics, bestEpoch: end.best!.epoch });
    expect(summary!.metrics.bestTestAccuracy).toBe(end.best!.metrics.testAccuracy);
    expect(summary!.size).toEqual(end.size);
    const { testAccuracy } = end.metrics;
    expect(summary!.informationDensity).toBeCloseTo(Math.log10((100 * testAccuracy!) / (end.size.bits / 8192000)), 12);
    expect(summary!.wallSeconds).toBeCloseTo((end.time - events[0]!.time) / 1000, 6);
  });

  it('repeats metrics, size and checkpoints bit for bit', async () => {
    const [a, b] = [temporaryFolder(), temporaryFolder()];
    await run(a);
    await run(b);
    expect(repeatable(a)).toEqual(repeatable(b));
  });

  it('is not written into twice', async () => {
    const dir = temporaryFolder();
    await interrupted(dir, 1);
    const before = filesBelow(dir);
    await expect(run(dir)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('resume it') as string,
    });
    expect(filesBelow(dir)).toEqual(before);
  });
});

describe('resuming', () => {
  it.each([1, 3, 4, 7, 8, 15])('after %d steps ends as if nothing had been', async (steps) => {
    const [dir, whole] = [temporaryFolder(), temporaryFolder()];
    const first = await interrupted(dir, steps);
    expect(first.at(-1)!.type).toBe('interrupted');
    expect(filesBelow(dir)).not.toContain('summary.json');
    await collect(trainRun(undefined, { dir, registry, resume: true }));
    await run(whole);
    expect(butForCheckpoints(dir)).toEqual(butForCheckpoints(whole));
  });

  it('drops a torn last line, and the events after the checkpoint', async () => {
    const [dir, whole] = [temporaryFolder(), temporaryFolder()];
    await interrupted(dir, 5);
    const log = path.join(dir, 'events.jsonl');
    const lines = loggedEvents(dir);
    const step = lines.findLast(({ type }) => type === 'step')!;
    appendFileSync(log, `${JSON.stringify({ ...step, step: 6 })}\n{"type":"step","st`);
    await run(dir, { resume: true });
    await run(whole);
    expect(butForCheckpoints(dir)).toEqual(butForCheckpoints(whole));
  });

  it.each([
    ['a damaged line', (text: string) => text.replace(/^.*\n/, '{"type":\n'), 'line 1 is not JSON'],
    ['no line of the checkpoint', (text: string) => text.slice(0, text.indexOf('\n') + 1), 'there is no line for'],
  ])('with %s in the log is an error, and the log stays as it is', async (_what, change, message) => {
    const dir = temporaryFolder();
    await interrupted(dir, 5);
    const log = path.join(dir, 'events.jsonl');
    const text = change(readFileSync(log, 'utf8'));
    writeFileSync(log, text);
    await expect(run(dir, { resume: true })).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining(message) as string,
    });
    expect(readFileSync(log, 'utf8')).toBe(text);
    rmSync(log);
    expect((await run(dir, { resume: true })).at(-1)!.type).toBe('end');
  });

  it('refuses to make a stage longer whose schedule looks at its end', async () => {
    const dir = temporaryFolder();
    const stages = (epochs: number) => [{ epochs, schedule: { schedule: 'cosine', base: 0.1 } }];
    await run(dir, {}, { ...experiment, stages: stages(2) });
    const before = contents(dir);
    await expect(run(dir, { resume: true }, { ...experiment, stages: stages(4) })).rejects.toThrow(
      "the schedule 'cosine' looks at the stage's end: of 4 epochs it would have given epoch 1 another rate",
    );
    expect(contents(dir)).toEqual(before);
  });

  it('before the first checkpoint begins again', async () => {
    const [dir, whole] = [temporaryFolder(), temporaryFolder()];
    await interrupted(dir, 1);
    rmSync(path.join(dir, 'checkpoints'), { recursive: true });
    const events = await run(dir, { resume: true });
    expect(events[0]).toMatchObject({ step: 0, resumed: false });
    await run(whole);
    expect(repeatable(dir)).toEqual(repeatable(whole));
  });

  it('may go on for longer, and counts the time of all sessions', async () => {
    const dir = temporaryFolder();
    const stages = [{ epochs: 1, schedule: { schedule: 'constant', rate: 0.01 } }];
    await run(dir, {}, { ...experiment, stages });
    const longer = { ...experiment, stages: [{ ...stages[0], epochs: 2 }, { epochs: 1 }] };
    const events = await run(dir, { resume: true }, longer);
    expect(events.at(-1)).toMatchObject({ type: 'end', epoch: 3, step: 12 });
    expect((await readRun(dir)).experiment.stages).toHaveLength(2);
    expect((await readRun(dir)).summary!.wallSeconds).toBeCloseTo(secondsOf(loggedEvents(dir) as never), 6);
  });

  it.each([
    [{ ...experiment, batchSize: 51 }, 'batchSize differs', '51 instead of 50'],
    [{ ...experiment, model: { model: 'tiny', units: 8 } }, 'model.units differs', '8 instead of undefined'],
    [{ ...experiment, seed: 4 }, 'seed differs', '4 instead of 3'],
    [
      { ...experiment, stages: [{ epochs: 2 }, tinyExperiment.stages[1]] },
      'stages.0.precision.activations differs',
      'float',
    ],
    [
      { ...experiment, stages: [{ ...tinyExperiment.stages[0], epochs: 3 }] },
      'stages.0.epochs differs',
      '3 instead of 2',
    ],
    [{ ...experiment, stages: [tinyExperiment.stages[0]] }, 'stages.1 differs', ''],
    [
      { ...experiment, stages: [tinyExperiment.stages[0], { ...tinyExperiment.stages[1], epochs: 1 }] },
      'stages.1.epochs is fewer',
      '',
    ],
  ])('refuses another experiment %#', async (other, what, received) => {
    const dir = temporaryFolder();
    await interrupted(dir, 14);
    const before = contents(dir);
    const failure = await run(dir, { resume: true }, other).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ code: 'config' });
    expect((failure as Error).message).toContain(what);
    expect((failure as Error).message).toContain(received);
    expect(contents(dir)).toEqual(before);
  });

  it('of nothing says so', async () => {
    await expect(
      collect(trainRun(undefined, { dir: temporaryFolder(), registry, resume: true })),
    ).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('there is no run here') as string,
    });
  });
});

describe('loadRun', () => {
  it.each(['last', 'best'] as const)(
    'gives the model of the %s checkpoint, which evaluates as the run did',
    async (checkpoint) => {
      const dir = temporaryFolder();
      const events = await run(dir);
      const before = memory().numTensors;
      const loaded = await loadRun(dir, { registry, checkpoint });
      const dataset = await openDataset(loaded.experiment, registry);
      const metrics = await evaluate(loaded.model, dataset.splits.test, loaded.evaluateOptions);
      const { epoch } = loaded.checkpoint.state;
      expect(metrics).toEqual(ofType(events, 'evaluate').find((event) => event.epoch === epoch)!.metrics);
      loaded.model.dispose();
      expect(memory().numTensors).toBe(before);
    },
  );

  it('says what is missing or spoiled', async () => {
    const dir = temporaryFolder();
    await expect(loadRun(dir, { registry })).rejects.toThrow(`there is no run here, in ${dir}`);
    await interrupted(dir, 1);
    await expect(loadRun(dir, { registry, checkpoint: 'best' })).rejects.toThrow('the run has no checkpoint yet');
    writeFileSync(path.join(dir, 'experiment.json'), '{');
    await expect(loadRun(dir, { registry })).rejects.toMatchObject({ code: 'data' });
  });
});

/** What must repeat, without the events of checkpoints: an interruption adds one. */
function butForCheckpoints(dir: string): unknown {
  const { events, ...rest } = repeatable(dir) as { events: { type: string }[] };
  return { ...rest, events: events.filter(({ type }) => type !== 'checkpoint') };
}

function contents(dir: string): string[] {
  return filesBelow(dir).map((file) => readFileSync(path.join(dir, file), 'base64'));
}
