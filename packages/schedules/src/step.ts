import { parseOptions, type Schedule } from '@lowbit/plugin-api';
import { z } from 'zod';
import { elapsed, rate, unit } from './progress.js';

const ascending = (starts: readonly number[]) => starts.every((start, i) => i === 0 || start > starts[i - 1]!);

export const stepOptions = z
  .strictObject({
    base: rate.default(0.1),
    boundaries: z.array(z.number().positive()).refine(ascending, 'boundaries must ascend').optional(),
    factor: z.number().positive().max(1).default(0.1),
    rates: z
      .array(z.tuple([z.number().nonnegative(), rate]))
      .nonempty()
      .refine((rates) => rates[0]![0] === 0, 'the first [start, rate] must start at 0')
      .refine((rates) => ascending(rates.map(([start]) => start)), 'the starts of rates must ascend')
      .optional(),
    unit,
  })
  .refine(({ boundaries, rates }) => (boundaries === undefined) !== (rates === undefined), {
    error: "give either 'boundaries' (with base and factor) or 'rates'",
  });

/**
 * - `rates`: pairs [start, rate], the first with start 0; or
 * - `boundaries`: where the rate is multiplied by `factor` (0.1 by default), beginning with `base` (0.1 by default).
 *
 * Both count in `unit`, 'epochs' by default.
 *
 * @interface
 */
export type StepOptions = z.input<typeof stepOptions>;

/**
 * A rate that stays constant between given points: the fixed learning rate ("flr") of SSPQ and L-SSPQ is
 * `step({ boundaries: [100, 150] })` for CIFAR and `step({ boundaries: [30, 60, 90, 100] })` for ImageNet (L-SSPQ §IV-B).
 *
 * @throws LowbitError points that do not ascend, both ways of giving them, or neither
 */
export function step(options: StepOptions): Schedule {
  const { base, boundaries, factor, rates, unit } = parseOptions(stepOptions, options, "schedule 'step'");
  const pieces = rates ?? [0, ...boundaries!].map((start, i): [number, number] => [start, base * factor ** i]);
  return (progress) => {
    const time = elapsed(progress, unit);
    return pieces.findLast(([start]) => start <= time)![1];
  };
}
