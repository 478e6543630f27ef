import { LowbitError, type Registry } from '@lowbit/plugin-api';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseExperiment, type Experiment } from '../experiment/experiment.js';
import type { ExperimentInput } from '../experiment/schema.js';
import { listen, type Listener, type TrainEvent } from '../loop/events.js';
import type { Checkpoint } from '../loop/state.js';
import { train, type TrainOptions } from '../loop/train.js';
import { readIfThere } from './files.js';
import { readRun, readRunCheckpoint } from './load-run.js';
import { lockRun } from './lock.js';
import { RUN_FILES, runFolder } from './run-folder.js';
import { checkSameExperiment } from './same-experiment.js';

export interface TrainRunOptions extends Omit<TrainOptions, 'resume'> {
  /** The run folder. */
  readonly dir: string;
  /** Goes on from the folder's last checkpoint, or from the beginning when there is none yet; false by default. */
  readonly resume?: boolean;
  /** Are told of each event after it is stored. */
  readonly listeners?: readonly Listener[];
}

/**
 * Trains an experiment and keeps its run folder: {@link train} with {@link runFolder} listening. A run that was interrupted,
 * also by a kill, goes on with `resume`, and ends with the bytes of one that was not.
 *
 * @param input may be left out when a run is resumed: the folder has it
 * @throws LowbitError ('usage') a run in the folder already, and no `resume`; no run in it, and no `input`; another process
 *   at it; ('config') a run of another experiment; whatever `train` and `runFolder` throw
 */
export async function* trainRun(
  input: ExperimentInput | Experiment | undefined,
  { dir, resume = false, listeners = [], ...options }: TrainRunOptions,
): AsyncGenerator<TrainEvent, void, void> {
  // looked at before the folder is locked, which makes it where it is not there
  const { experiment } = await prepare(input, dir, resume, options.registry);
  const unlock = await lockRun(dir);
  try {
    const { checkpoint } = await prepare(input, dir, resume, options.registry);
    const folder = await runFolder(dir, { resume: checkpoint, commit: await gitCommit() });
    yield* listen(train(experiment, { ...options, resume: checkpoint }), folder, ...listeners);
  } finally {
    await unlock();
  }
}

async function prepare(
  input: ExperimentInput | Experiment | undefined,
  dir: string,
  resume: boolean,
  registry: Registry,
): Promise<{ experiment: Experiment; checkpoint?: Checkpoint }> {
  const wanted = input === undefined ? undefined : parseExperiment(input);
  const there = (await readIfThere(path.join(dir, RUN_FILES.experiment))) !== undefined;
  if (wanted && !there) return { experiment: wanted };
  if (there && !resume) {
    const hint = 'resume it, or choose another folder';
    throw new LowbitError('usage', { what: 'there is a run in this folder already', where: dir, hint });
  }
  const recorded = (await readRun(dir)).experiment;
  const checkpoint = await readRunCheckpoint(dir);
  if (!wanted) return { experiment: recorded, checkpoint };
  if (checkpoint) checkSameExperiment(recorded, wanted, checkpoint.state, registry, dir);
  return { experiment: wanted, checkpoint };
}

async function gitCommit(): Promise<string | null> {
  try {
    return (await promisify(execFile)('git', ['rev-parse', 'HEAD'])).stdout.trim();
  } catch {
    return null;
  }
}
