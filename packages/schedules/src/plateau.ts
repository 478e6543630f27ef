import { LowbitError, parseOptions, type Metrics, type Progress, type Schedule } from '@lowbit/plugin-api';
import { z } from 'zod';
import { floor, rate } from './progress.js';

const count = z.int().nonnegative();

export const plateauOptions = z
  .strictObject({
    base: rate,
    metric: z.string().default('loss'),
    mode: z.enum(['min', 'max']).default('min'),
    factor: z.number().positive().lt(1).default(0.1),
    patience: count.default(10),
    threshold: z.number().nonnegative().default(1e-4),
    cooldown: count.default(0),
    floor: floor.default(0),
  })
  .refine(({ base, floor }) => floor <= base, { error: 'floor must not be above base', path: ['floor'] });

/**
 * - `base`: the first rate; `floor` (0): the lowest;
 * - `metric` ('loss'), `mode` ('min'): what must go down, or up with 'max';
 * - `factor` (0.1): multiplies the rate when the metric has not improved for more than `patience` (10) epochs;
 * - `threshold` (1e-4): the least relative change that counts as an improvement;
 * - `cooldown` (0): epochs after a reduction in which none is counted.
 *
 * @interface
 */
export type PlateauOptions = z.input<typeof plateauOptions>;

/**
 * Reduces the rate when a metric of the finished epochs stops improving. A pure function of `progress.history`, by the rules
 * of PyTorch's ReduceLROnPlateau with a relative threshold. A metric that is not a number is no improvement.
 *
 * @throws LowbitError bad options; when called, a history that is missing or lacks the metric
 */
export function plateau(options: PlateauOptions): Schedule {
  const { base, metric, mode, factor, patience, threshold, cooldown, floor } = parseOptions(
    plateauOptions,
    options,
    "schedule 'plateau'",
  );
  const improves = (value: number, best: number) => {
    const margin = threshold * Math.abs(best);
    return Number.isFinite(best)
      ? mode === 'min'
        ? value < best - margin
        : value > best + margin
      : !Number.isNaN(value);
  };
  return (progress) => {
    let rate = base;
    let best = NaN;
    let bad = 0;
    let cooling = 0;
    for (const metrics of finishedEpochs(progress)) {
      const value = valueOf(metric, metrics);
      if (improves(value, best)) {
        best = value;
        bad = 0;
      } else {
        bad++;
      }
      if (cooling > 0) {
        cooling--;
        bad = 0;
      }
      if (bad > patience) {
        rate = Math.max(rate * factor, floor);
        cooling = cooldown;
        bad = 0;
      }
    }
    return rate;
  };
}

function finishedEpochs({ epoch, history }: Progress): readonly Metrics[] {
  if (history) return history;
  if (epoch === 0) return [];
  throw new LowbitError('config', {
    what: 'the history of the epochs is missing',
    where: "schedule 'plateau'",
    hint: 'give progress.history',
  });
}

function valueOf(metric: string, metrics: Metrics): number {
  const value = metrics[metric];
  if (value !== undefined) return value;
  throw new LowbitError('config', {
    what: `no metric '${metric}' in the history`,
    where: "schedule 'plateau'",
    hint: `there are ${Object.keys(metrics).join(', ') || 'none'}`,
  });
}
