import type { Metrics } from '@lowbit/plugin-api';
import { informationDensity, kilokibibytes, type ModelSize } from '@lowbit/quant-core';
import type { Simd } from '@lowbit/wasm-host';
import { version_core } from '@tensorflow/tfjs-core';
import path from 'node:path';
import { version } from '../../package.json';
import type { Experiment } from '../experiment/experiment.js';
import type { EndEvent, Listener, StartEvent, Task, TrainEvent } from '../loop/events.js';
import type { Checkpoint } from '../loop/state.js';
import { writeCheckpoint } from './checkpoint-file.js';
import { EventLog, loggedEvent, secondsOf, type LoggedEvent } from './event-log.js';
import { RecordFile, remove, writeAtomically } from './files.js';
import { fileVersionRecord, scalarsRecord } from './tfevents.js';

/** The names in a run folder. */
export const RUN_FILES = {
  experiment: 'experiment.json',
  events: 'events.jsonl',
  summary: 'summary.json',
  tensorboard: 'events.out.tfevents.lowbit',
  last: path.join('checkpoints', 'last'),
  best: path.join('checkpoints', 'best'),
} as const;

/** `experiment.json`: the resolved experiment, and what it ran on. */
export interface RunRecord extends Experiment {
  /** Name of the backend that it ran on, as in 'wasm', 'node', 'node-gpu'. */
  readonly backend: string;
  /** On 'wasm', what SIMD its kernels had: a run that goes on with another does not end with the same bits. */
  readonly simd?: Simd;
  readonly task: Task;
  readonly versions: Readonly<Record<string, string>>;
  /** The git commit of the working folder; null outside of a repository. */
  readonly commit: string | null;
}

/** `summary.json`, written when a run ends. `metrics` and `size` repeat bit for bit. */
export interface Summary {
  /**
   * Those of the last epoch, `{ loss, accuracy, top5, testLoss, testAccuracy, testTop5 }`, and those of the best epoch of the
   * last stage as `bestTestAccuracy` … and `bestEpoch`.
   */
  readonly metrics: Metrics;
  readonly size: ModelSize;
  /** L-SSPQ eq. 2 of the test accuracy, with sizes in thousands of KiB; null where that is not a number. */
  readonly informationDensity: number | null;
  /** Of all sessions together. */
  readonly wallSeconds: number;
  readonly steps: number;
  readonly epochs: number;
  readonly backend: string;
  /** Threads that shared each batch. */
  readonly workers: number;
}

export interface RunFolderOptions {
  /** The checkpoint that the run is resumed from; what the folder says of later steps is dropped. */
  readonly resume?: Checkpoint;
  readonly commit?: string | null;
}

/**
 * A listener that keeps a run folder: experiment.json, events.jsonl, summary.json, checkpoints/last, checkpoints/best, and
 * scalars for TensorBoard. Whole files are replaced atomically, logs grow by whole records.
 *
 * @throws LowbitError ('io') what the file system refuses: when it is made, and from the listener
 */
export async function runFolder(dir: string, { resume, commit = null }: RunFolderOptions = {}): Promise<Listener> {
  const at = (name: keyof typeof RUN_FILES): string => path.join(dir, RUN_FILES[name]);
  let log: EventLog | undefined;
  let board: RecordFile | undefined;
  let start: StartEvent;
  let before = 0;

  const begin = async (event: StartEvent): Promise<void> => {
    start = event;
    await remove(at('summary'));
    await writeAtomically(at('experiment'), json(runRecord(event, commit)));
    log = await EventLog.open(at('events'), resume);
    before = secondsOf(log.kept);
    const records = [fileVersionRecord(log.kept[0]?.time ?? event.time), ...log.kept.flatMap(scalarRecords)];
    const content = Buffer.concat(records);
    await writeAtomically(at('tensorboard'), content);
    board = new RecordFile(at('tensorboard'), content.byteLength);
  };

  return async (event: TrainEvent) => {
    if (event.type === 'start') await begin(event);
    const logged = loggedEvent(event);
    await log!.append(logged);
    for (const record of scalarRecords(logged)) await board!.append(record);
    if (event.type === 'checkpoint') {
      if (event.best) await writeCheckpoint(at('best'), event.checkpoint);
      await writeCheckpoint(at('last'), event.checkpoint);
    }
    if (event.type === 'end') {
      const seconds = before + (event.time - start.time) / 1000;
      await writeAtomically(at('summary'), json(summaryOf(event, start, seconds)));
    }
  };
}

function runRecord({ experiment, task, backend, simd }: StartEvent, commit: string | null): RunRecord {
  const versions = { '@lowbit/training': version, '@tensorflow/tfjs-core': version_core, node: process.version };
  return { ...experiment, backend, ...(simd && { simd }), task, versions, commit };
}

function summaryOf(event: EndEvent, { backend, experiment }: StartEvent, wallSeconds: number): Summary {
  const { metrics, best, size, step, epoch } = event;
  const { testAccuracy } = metrics;
  const density = testAccuracy === undefined ? NaN : informationDensity(testAccuracy, kilokibibytes(size.bits));
  const bests = Object.entries(best?.metrics ?? {}).filter(([key]) => /^(?:test|validation)/.test(key));
  return {
    metrics: {
      ...metrics,
      ...Object.fromEntries(bests.map(([key, value]) => [`best${key[0]!.toUpperCase()}${key.slice(1)}`, value])),
      ...(best ? { bestEpoch: best.epoch } : {}),
    },
    size,
    informationDensity: Number.isFinite(density) ? density : null,
    wallSeconds,
    steps: step,
    epochs: epoch,
    backend,
    workers: experiment.workers,
  };
}

/** What TensorBoard charts of an event. */
function scalarRecords(event: LoggedEvent): Uint8Array[] {
  const { type, step, time } = event;
  const under = (group: string, metrics: object): Record<string, number> =>
    Object.fromEntries(Object.entries(metrics).map(([key, value]) => [`${group}/${key}`, value as number]));
  const { metrics, split, rate, gradientNorm } = event as { metrics?: Metrics } & Record<string, unknown>;
  if (!metrics) return [];
  if (type === 'step')
    return [scalarsRecord({ time, step, values: under('step', { ...metrics, rate, gradientNorm }) })];
  if (type === 'evaluate') return [scalarsRecord({ time, step, values: under(String(split), metrics) })];
  if (type !== 'epoch') return [];
  const own = Object.entries(metrics).filter(([key]) => !/^(?:test|validation)[A-Z]/.test(key));
  return [scalarsRecord({ time, step, values: under('train', Object.fromEntries(own)) })];
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
