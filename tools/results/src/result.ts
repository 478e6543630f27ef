import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

/** What is kept of a run. Accuracies in [0, 1]. */
export interface Result {
  /** The experiment's file, without its ending. */
  readonly experiment: string;
  readonly model: string;
  readonly seed: number;
  readonly commit: string;
  readonly node: string;
  readonly backend: string;
  readonly simd?: string;
  readonly workers: number;
  /** Epochs of each stage, as the experiment has them. */
  readonly stages: readonly { readonly name: string; readonly epochs: number }[];
  readonly epochs: readonly EpochResult[];
  /** Of the median step. */
  readonly imagesPerSecond: number;
  /** Of a run that has ended. */
  readonly size?: { readonly parameters: number; readonly bytes: number };
  /** L-SSPQ eq. 2, the size in MiB; of a run that has ended. */
  readonly informationDensity?: number;
}

interface EpochResult {
  readonly epoch: number;
  readonly stage: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly testAccuracy: number;
}

interface Experiment {
  readonly model: { readonly model: string };
  readonly seed: number;
  readonly batchSize: number;
  readonly commit: string;
  readonly versions: { readonly node: string };
  readonly backend: string;
  readonly simd?: string;
  readonly workers?: number;
  readonly stages: readonly { readonly name: string; readonly epochs: number }[];
}

interface Summary {
  readonly size: { readonly parameters: number; readonly bytes: number };
  readonly informationDensity: number;
}

interface RunEvent {
  readonly type: string;
  readonly epoch: number;
  readonly stage: number;
  readonly step: number;
  readonly time: number;
  readonly metrics?: { readonly loss: number; readonly accuracy: number; readonly testAccuracy?: number };
}

/**
 * What a run folder has to tell, whether the run has ended or not. The folder bears the name of the experiment.
 *
 * @throws Error a folder without the files of a run
 */
export function readResult(folder: string): Result {
  const experiment = read<Experiment>(folder, 'experiment.json');
  const events = text(folder, 'events.jsonl')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as RunEvent);
  const summary = events.some(({ type }) => type === 'end') ? read<Summary>(folder, 'summary.json') : undefined;
  const { seed, commit, backend, simd, workers = 1, model, versions, stages, batchSize } = experiment;
  return {
    experiment: basename(resolve(folder)),
    model: model.model,
    ...{ seed, commit, node: versions.node, backend, simd, workers },
    stages: stages.map(({ name, epochs }) => ({ name, epochs })),
    epochs: epochsOf(events),
    imagesPerSecond: Math.round((1000 * batchSize) / medianStep(events)),
    ...(summary && { size: { parameters: summary.size.parameters, bytes: summary.size.bytes } }),
    ...(summary && { informationDensity: summary.informationDensity }),
  };
}

function text(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch (cause) {
    throw new Error(`no run lies in ${folder}: it has no ${file}; give the folder that 'lowbit train --out' wrote`, {
      cause,
    });
  }
}

function read<T>(folder: string, file: string): T {
  return JSON.parse(text(folder, file)) as T;
}

/** Of an epoch that a resumed run did again, the last counts. */
function epochsOf(events: readonly RunEvent[]): EpochResult[] {
  const epochs = new Map<number, EpochResult>();
  for (const { type, epoch, stage, metrics } of events) {
    if (type !== 'epoch' || metrics?.testAccuracy === undefined) continue;
    const { loss, accuracy, testAccuracy } = metrics;
    epochs.set(epoch, {
      epoch,
      stage,
      loss: rounded(loss),
      accuracy: rounded(accuracy),
      testAccuracy: rounded(testAccuracy),
    });
  }
  return [...epochs.values()];
}

const rounded = (value: number) => Number(value.toPrecision(5));

/** Milliseconds; steps with something else between them do not count. */
function medianStep(events: readonly RunEvent[]): number {
  const times = events.flatMap(({ type, time }, i) => {
    const before = events[i - 1];
    return type === 'step' && before?.type === 'step' ? [time - before.time] : [];
  });
  return times.sort((a, b) => a - b)[times.length >> 1] ?? NaN;
}
