import { spread, type Row } from '../report.js';
import { interleave, type Outcome, type Repetitions } from './interleave.js';
import type { Side, Skipped } from './side.js';

/** Sides that are timed against each other. */
export interface Group {
  /** What all of them compute. */
  readonly shape: string;
  /** What a step does, in units, where rows are to have units a second and not milliseconds. */
  readonly work?: { readonly amount: number; readonly unit: string };
  readonly sides: readonly (() => Promise<Side | Skipped>)[];
  readonly repetitions: Repetitions;
  /** Whether to ask for the memory of the steps. */
  readonly memory?: boolean;
  /** Whether to time the kernels too, after the steps. */
  readonly profile?: boolean;
}

/** What a group came to. */
export interface Measured {
  readonly rows: readonly Row[];
  readonly versions: Readonly<Record<string, string>>;
  readonly othersCores?: number;
}

/** Starts the sides of a group, times their steps, and ends them. */
async function measure(group: Group, log: (line: string) => void): Promise<Measured> {
  const started: (Side | Skipped)[] = [];
  try {
    for (const start of group.sides) {
      const side = await start();
      log(`${side.name}: ${'skipped' in side ? `skipped: ${side.skipped}` : side.about}`);
      started.push(side);
    }
    const sides = started.filter((side) => 'step' in side);
    const { outcomes, othersCores } = await interleave(sides, group.repetitions);
    const rows: Row[] = [];
    for (const each of started) {
      const outcome = 'step' in each ? outcomes[sides.indexOf(each)]! : each;
      rows.push(await rowOf(outcome, group));
    }
    const versions = Object.assign({}, ...sides.map((side) => side.versions)) as Record<string, string>;
    return { rows, versions, ...(othersCores === undefined ? {} : { othersCores }) };
  } finally {
    await Promise.all(started.map((side) => 'close' in side && side.close()));
  }
}

async function rowOf(outcome: Outcome, { shape, work, memory, profile }: Group): Promise<Row> {
  if ('skipped' in outcome) return { side: outcome.name, shape, skipped: outcome.skipped };
  const { side, samples } = outcome;
  const value = (ms: number) => (work ? (1000 * work.amount) / ms : ms);
  try {
    return {
      ...{ side: side.name, shape, about: side.about },
      ...spread(samples.map(({ ms }) => value(ms))),
      unit: work ? `${work.unit}/s` : 'ms',
      byProcessorTime: spread(samples.map(({ cpuMs }) => value(cpuMs))).median,
      ...(memory ? { memoryMiB: await side.memory() } : {}),
      ...(profile ? await side.profile() : {}),
    };
  } catch (error) {
    return { side: side.name, shape, skipped: (error as Error).message };
  }
}

/** Measures groups one after another; with `only`, those whose shape has it in its name. */
export async function measureAll(
  groups: readonly Group[],
  only: string | undefined,
  log: (line: string) => void,
): Promise<Measured> {
  const measured: Measured[] = [];
  for (const group of groups.filter(({ shape }) => shape.includes(only ?? ''))) {
    log(group.shape);
    measured.push(await measure(group, log));
  }
  const busy = measured.flatMap(({ othersCores }) => othersCores ?? []);
  return {
    rows: measured.flatMap(({ rows }) => rows),
    versions: Object.assign({}, ...measured.map(({ versions }) => versions)) as Record<string, string>,
    ...(busy.length > 0 ? { othersCores: busy.reduce((sum, cores) => sum + cores, 0) / busy.length } : {}),
  };
}
