import { parseOptions, type Schedule } from '@lowbit/plugin-api';
import { z } from 'zod';
import { scheduleFunction } from './compose.js';
import { elapsed, since, unit } from './progress.js';

/** The schema, given the schema of a schedule: a function here, a function or its name and options in a config. */
export const warmUpOptions = <S extends z.ZodType<Schedule>>(schedule: S) =>
  z.strictObject({
    length: z.number().positive(),
    from: z.number().min(0).max(1).default(0),
    then: schedule,
    shift: z.boolean().default(true),
    unit,
  });

/**
 * - `length`: of the warm-up, in `unit`, 'epochs' by default;
 * - `from` (0): what part of the rate the warm-up begins with;
 * - `then`: the schedule that is warmed up to;
 * - `shift` (true): `then` begins when the warm-up ends and has the rest of the stage; false: it runs from the stage's first
 *   epoch and the warm-up multiplies it.
 *
 * @interface
 */
export type WarmUpOptions = z.input<ReturnType<typeof warmUpOptions<typeof scheduleFunction>>>;

/**
 * A gradual warm-up: the rate of `then`, multiplied by a factor that grows linearly from `from` to 1, changing with every step
 * (Goyal et al., Accurate, Large Minibatch SGD, 2017, §2.2: length 5, shift false).
 *
 * @throws LowbitError a length that is not above 0, a part outside [0, 1]
 */
export function warmUp(options: WarmUpOptions): Schedule {
  const { length, from, then, shift, unit } = parseOptions(
    warmUpOptions(scheduleFunction),
    options,
    "schedule 'warm-up'",
  );
  return (progress) => {
    const part = Math.min(1, elapsed(progress, unit) / length);
    return (from + (1 - from) * part) * then(shift ? since(length, unit, progress) : progress);
  };
}
