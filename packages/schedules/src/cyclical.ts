import { parseOptions, type Schedule } from '@lowbit/plugin-api';
import { z } from 'zod';
import { elapsed, floor, rate, unit } from './progress.js';

export const cyclicalOptions = z
  .strictObject({
    minimum: floor,
    maximum: rate,
    stepSize: z.number().positive(),
    mode: z.enum(['triangular', 'triangular2', 'exp_range']).default('triangular'),
    gamma: z.number().positive().max(1).default(1),
    unit,
  })
  .refine(({ minimum, maximum }) => minimum <= maximum, {
    error: 'minimum must not be above maximum',
    path: ['minimum'],
  })
  .refine(({ mode, gamma }) => mode === 'exp_range' || gamma === 1, {
    error: "gamma is for mode 'exp_range' alone",
    path: ['gamma'],
  });

/**
 * - `minimum`, `maximum`: the lowest and the highest rate (base_lr and max_lr of the paper);
 * - `stepSize`: length of half a cycle, in `unit`, 'epochs' by default;
 * - `mode`: 'triangular'; 'triangular2', where each cycle has half the height of the one before; 'exp_range', where the
 *   height is multiplied by `gamma` with every training step.
 *
 * @interface
 */
export type CyclicalOptions = z.input<typeof cyclicalOptions>;

/**
 * The cyclical learning rate: up from `minimum` to `maximum` and down again, linearly, over and over (Smith, Cyclical
 * Learning Rates for Training Neural Networks, 2017, §3.1–3.2).
 *
 * @throws LowbitError a minimum above the maximum, a step size that is not above 0
 */
export function cyclical(options: CyclicalOptions): Schedule {
  const { minimum, maximum, stepSize, mode, gamma, unit } = parseOptions(
    cyclicalOptions,
    options,
    "schedule 'cyclical'",
  );
  return (progress) => {
    const time = elapsed(progress, unit);
    const cycle = Math.floor(time / (2 * stepSize));
    const height = 1 - Math.abs(time / stepSize - 2 * cycle - 1);
    const scale = mode === 'triangular2' ? 2 ** -cycle : gamma ** elapsed(progress, 'steps');
    return minimum + (maximum - minimum) * Math.max(0, height) * scale;
  };
}

const EIGHT_STEPS = [0, 1, 2, 3, 4, 3, 2, 1].map((m) => 10 ** (-m / 2));

export const steppedCycleOptions = z.strictObject({
  base: rate,
  period: z.number().positive(),
  factors: z
    .array(z.number().positive())
    .nonempty()
    .default(EIGHT_STEPS as [number, ...number[]]),
  unit,
});

/**
 * - `base`: the rate that the factors multiply;
 * - `period`: length of a cycle, in `unit`, 'epochs' by default; every factor lasts an equal part of it;
 * - `factors`: 10^(−m/2) for m = 0, 1, 2, 3, 4, 3, 2, 1 by default.
 *
 * @interface
 */
export type SteppedCycleOptions = z.input<typeof steppedCycleOptions>;

/**
 * The discrete cyclical learning rate for retraining quantized networks (Boo's dissertation §3.4.2, figure 3.5; CIFAR-10: base 1e-3,
 * period 8 epochs).
 *
 * @throws LowbitError no factors, a period that is not above 0
 */
export function steppedCycle(options: SteppedCycleOptions): Schedule {
  const { base, period, factors, unit } = parseOptions(steppedCycleOptions, options, "schedule 'stepped-cycle'");
  return (progress) => {
    const part = (elapsed(progress, unit) % period) / period;
    return base * factors[Math.floor(part * factors.length)]!;
  };
}
