import { parseOptions, type Schedule } from '@lowbit/plugin-api';
import { z } from 'zod';
import { floor, since, unit } from './progress.js';

export const scheduleFunction = z.custom<Schedule>(
  (value) => typeof value === 'function',
  'a schedule must be a function of progress',
);

export const sequenceOptions = <S extends z.ZodType<Schedule>>(schedule: S) =>
  z.strictObject({
    parts: z
      .array(z.strictObject({ of: schedule, length: z.number().positive().optional() }))
      .nonempty()
      .refine(
        (parts) => parts.slice(0, -1).every(({ length }) => length !== undefined),
        'every part but the last needs a length',
      ),
    unit,
  });

/**
 * `parts`: each a schedule `of` and its `length` in `unit`, 'epochs' by default. The last part may leave out its length: it has
 * the rest of the stage.
 *
 * @interface
 */
export type SequenceOptions = z.input<ReturnType<typeof sequenceOptions<typeof scheduleFunction>>>;

/**
 * One schedule after another; each counts from where it begins. The last goes on to the stage's end.
 *
 * @throws LowbitError no parts, or a part before the last without a length
 */
export function sequence(options: SequenceOptions): Schedule {
  const { parts, unit } = parseOptions(sequenceOptions(scheduleFunction), options, "schedule 'sequence'");
  return (progress) => {
    let start = 0;
    for (const { of, length } of parts.slice(0, -1)) {
      const own = since(start, unit, progress);
      const next = since(start + length!, unit, progress);
      const left = own.epochs - next.epochs;
      if (own.epoch + own.step / own.stepsPerEpoch < left) return of({ ...own, epochs: left });
      start += length!;
    }
    const { of, length } = parts.at(-1)!;
    const own = since(start, unit, progress);
    if (length === undefined) return of(own);
    return of({ ...own, epochs: unit === 'steps' ? length / own.stepsPerEpoch : length });
  };
}

export const scaledOptions = <S extends z.ZodType<Schedule>>(schedule: S) =>
  z.strictObject({ of: schedule, by: z.number().positive() });

/**
 * `of`: the schedule; `by`: what its rate is multiplied by.
 *
 * @interface
 */
export type ScaledOptions = z.input<ReturnType<typeof scaledOptions<typeof scheduleFunction>>>;

/**
 * Another schedule's rate, multiplied.
 *
 * @throws LowbitError a factor that is not above 0
 */
export function scaled(options: ScaledOptions): Schedule {
  const { of, by } = parseOptions(scaledOptions(scheduleFunction), options, "schedule 'scaled'");
  return (progress) => by * of(progress);
}

export const atLeastOptions = <S extends z.ZodType<Schedule>>(schedule: S) => z.strictObject({ of: schedule, floor });

/**
 * `of`: the schedule; `floor`: the lowest rate.
 *
 * @interface
 */
export type AtLeastOptions = z.input<ReturnType<typeof atLeastOptions<typeof scheduleFunction>>>;

/**
 * Another schedule's rate, but not below `floor`.
 *
 * @throws LowbitError a negative floor
 */
export function atLeast(options: AtLeastOptions): Schedule {
  const { of, floor } = parseOptions(atLeastOptions(scheduleFunction), options, "schedule 'at-least'");
  return (progress) => Math.max(floor, of(progress));
}

export const perEpochOptions = <S extends z.ZodType<Schedule>>(schedule: S) => z.strictObject({ of: schedule });

/**
 * `of`: the schedule.
 *
 * @interface
 */
export type PerEpochOptions = z.input<ReturnType<typeof perEpochOptions<typeof scheduleFunction>>>;

/** Another schedule's rate at the start of the epoch, held for the whole epoch. */
export function perEpoch(options: PerEpochOptions): Schedule {
  const { of } = parseOptions(perEpochOptions(scheduleFunction), options, "schedule 'per-epoch'");
  return (progress) => of({ ...progress, step: 0 });
}
