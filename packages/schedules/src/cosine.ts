import { parseOptions, type Schedule } from '@lowbit/plugin-api';
import { z } from 'zod';
import { duration, elapsed, floor, rate, unit } from './progress.js';

const positive = z.number().positive();

export const cosineOptions = z
  .strictObject({
    base: rate,
    floor: floor.default(0),
    total: positive.optional(),
    restarts: z.strictObject({ period: positive, factor: z.number().min(1).default(1) }).optional(),
    unit,
  })
  .refine(({ base, floor }) => floor <= base, { error: 'floor must not be above base', path: ['floor'] })
  .refine(({ total, restarts }) => total === undefined || restarts === undefined, {
    error: "give either 'total' or 'restarts'",
    path: ['total'],
  });

/**
 * - `base`, `floor` (0): the highest and the lowest rate;
 * - `total`: length of the half period, the whole stage by default; after it the rate stays at the floor;
 * - `restarts`: instead of `total`, begin again after `period`, each period `factor` (1) times as long as the one before;
 * - `unit`: what the durations count, 'epochs' by default.
 *
 * @interface
 */
export type CosineOptions = z.input<typeof cosineOptions>;

/**
 * Half a period of a cosine from `base` to `floor`, changing with every step:
 * η = η_min + ½(η_max − η_min)(1 + cos(π T_cur / T_i)) (Loshchilov and Hutter, SGDR, 2017, eq. 5).
 *
 * @throws LowbitError a floor above the base, durations that are not above 0
 */
export function cosine(options: CosineOptions): Schedule {
  const { base, floor, total, restarts, unit } = parseOptions(cosineOptions, options, "schedule 'cosine'");
  return (progress) => {
    const time = elapsed(progress, unit);
    const part = restarts
      ? partOfPeriod(time, restarts.period, restarts.factor)
      : partOf(time, total ?? duration(progress, unit));
    return floor + ((base - floor) * (1 + Math.cos(Math.PI * part))) / 2;
  };
}

/** Which part of a duration has passed, in [0, 1]; at time 0 none, however short it is. */
function partOf(time: number, total: number): number {
  return time > 0 ? Math.min(1, time / total) : 0;
}

/** Which part of its period a time is at, in [0, 1), when the n-th period has length first · factor^n. */
function partOfPeriod(time: number, first: number, factor: number): number {
  if (factor === 1) return (time % first) / first;
  let length = first;
  while (time >= length) {
    time -= length;
    length *= factor;
  }
  return time / length;
}
