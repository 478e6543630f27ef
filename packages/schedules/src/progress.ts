import type { Metrics, Progress, Schedule } from '@lowbit/plugin-api';
import { z } from 'zod';

/** What a duration counts: epochs (fractions allowed; a step moves it by 1 / stepsPerEpoch) or steps. */
export const unit = z.enum(['epochs', 'steps']).default('epochs');
export type Unit = 'epochs' | 'steps';

/** A learning rate: a finite number above 0. */
export const rate = z.number().positive();

/** A lowest learning rate; 0 is allowed. */
export const floor = z.number().nonnegative();

/** Time since the stage began. */
export function elapsed({ epoch, step, stepsPerEpoch }: Progress, unit: Unit): number {
  return unit === 'steps' ? epoch * stepsPerEpoch + step : epoch + step / stepsPerEpoch;
}

/** Time that the stage has. */
export function duration({ epochs, stepsPerEpoch }: Progress, unit: Unit): number {
  return unit === 'steps' ? epochs * stepsPerEpoch : epochs;
}

/** The same point, counted from `start` on (negative times become 0); `start` is rounded to whole steps. */
export function since(start: number, unit: Unit, progress: Progress): Progress {
  const { stepsPerEpoch } = progress;
  const skipped = Math.round(unit === 'steps' ? start : start * stepsPerEpoch);
  const done = Math.max(0, elapsed(progress, 'steps') - skipped);
  const epoch = Math.floor(done / stepsPerEpoch);
  const epochs = Math.max(0, progress.epochs - skipped / stepsPerEpoch);
  return { epoch, epochs, step: done % stepsPerEpoch, stepsPerEpoch, history: recent(progress.history, epoch) };
}

/** The newest `count` entries. */
function recent(history: readonly Metrics[] | undefined, count: number): readonly Metrics[] | undefined {
  return history && history.slice(Math.max(0, history.length - count));
}

/**
 * The rate at the start of each epoch of a stage, for tables and plots of schedules that do not read the history.
 *
 * @param stepsPerEpoch what the schedule is told an epoch has; 1 by default
 */
export function epochRates(schedule: Schedule, epochs: number, stepsPerEpoch = 1): number[] {
  return Array.from({ length: epochs }, (_, epoch) => schedule({ epoch, epochs, step: 0, stepsPerEpoch }));
}
