import { LowbitError, type Registry } from '@lowbit/plugin-api';
import type { Simd } from '@lowbit/wasm-host';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import path from 'node:path';
import { parseExperiment, type Experiment } from '../experiment/experiment.js';
import type { EvaluateOptions } from '../loop/evaluate.js';
import type { Task } from '../loop/events.js';
import { buildModel } from '../loop/setup.js';
import type { Checkpoint } from '../loop/state.js';
import { loadWeights } from '../loop/weights.js';
import { readCheckpoint } from './checkpoint-file.js';
import { readIfThere } from './files.js';
import { RUN_FILES, type RunRecord, type Summary } from './run-folder.js';

/** What a run folder says about its run. */
export interface RecordedRun {
  readonly dir: string;
  readonly experiment: Experiment;
  /** Name of the backend that it ran on, as in 'wasm', 'node', 'node-gpu'. */
  readonly backend: string;
  /** On 'wasm', what SIMD its kernels had. */
  readonly simd?: Simd;
  readonly task: Task;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string | null;
  /** Once the run has ended. */
  readonly summary?: Summary;
}

/**
 * Reads a run folder's `experiment.json` and, once it has ended, `summary.json`.
 *
 * @throws LowbitError ('usage') there is no run in the folder; ('data') a damaged file
 */
export async function readRun(dir: string): Promise<RecordedRun> {
  const record = await readJson<RunRecord>(path.join(dir, RUN_FILES.experiment));
  if (!record) {
    const hint = `a run folder has a file ${RUN_FILES.experiment}`;
    throw new LowbitError('usage', { what: 'there is no run here', where: dir, hint });
  }
  const { simd, task, versions, commit, ...experiment } = record;
  const summary = await readJson<Summary>(path.join(dir, RUN_FILES.summary));
  const { backend } = record;
  return { dir, experiment: parsed(dir, experiment), backend, simd, task, versions, commit, summary };
}

/** What a run folder holds was written by us: when it does not parse, the file is damaged and not the user's config wrong. */
function parsed(dir: string, experiment: unknown): Experiment {
  try {
    return parseExperiment(experiment as Experiment);
  } catch (cause) {
    const where = path.join(dir, RUN_FILES.experiment);
    throw new LowbitError('data', { what: `damaged: ${(cause as Error).message}`, where, hint: HINT }, { cause });
  }
}

const HINT = 'put the file back from a copy, or train again into another folder';

async function readJson<T>(file: string): Promise<T | undefined> {
  const bytes = await readIfThere(file);
  if (!bytes) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8')) as T;
  } catch (cause) {
    throw new LowbitError(
      'data',
      { what: `not JSON: ${(cause as Error).message}`, where: file, hint: HINT },
      { cause },
    );
  }
}

/** Which of a run's checkpoints. */
export type CheckpointName = 'last' | 'best';

/** Reads a checkpoint of a run folder; undefined before the first was written. */
export async function readRunCheckpoint(dir: string, name: CheckpointName = 'last'): Promise<Checkpoint | undefined> {
  return readCheckpoint(path.join(dir, RUN_FILES[name]));
}

/** A run with its model. */
export interface LoadedRun extends RecordedRun {
  /** With the checkpoint's weights; its owner disposes it. */
  readonly model: LayersModel;
  readonly checkpoint: Checkpoint;
  /** How the run itself evaluates in the checkpoint's stage. */
  readonly evaluateOptions: EvaluateOptions;
}

export interface LoadRunOptions {
  /** Finds the model that the experiment names. */
  readonly registry: Registry;
  /** 'last' by default, whose metrics the summary has. */
  readonly checkpoint?: CheckpointName;
}

/**
 * Rebuilds a run's model and loads its weights. The data set is not needed.
 *
 * @throws LowbitError there is no run or no checkpoint, an unknown model, weights of another model
 */
export async function loadRun(
  dir: string,
  { registry, checkpoint: name = 'last' }: LoadRunOptions,
): Promise<LoadedRun> {
  const run = await readRun(dir);
  const checkpoint = await readRunCheckpoint(dir, name);
  if (!checkpoint) {
    const where = path.join(dir, RUN_FILES[name]);
    throw new LowbitError('io', { what: 'the run has no checkpoint yet', where, hint: 'resume it' });
  }
  const { experiment, task } = run;
  const stage = experiment.stages[checkpoint.state.stage]!;
  const loss = registry.make('losses', stage.loss, undefined, `stages[${checkpoint.state.stage}].loss`);
  const model = buildModel(experiment, task, registry);
  try {
    loadWeights(model, checkpoint.weights, path.join(dir, RUN_FILES[name]));
  } catch (error) {
    model.dispose();
    throw error;
  }
  const { batchSize } = experiment;
  const evaluateOptions = { batchSize, normalize: task.normalization, precision: stage.precision, loss };
  return { ...run, model, checkpoint, evaluateOptions };
}
