import { parseOptions, type Schedule } from '@lowbit/plugin-api';
import { z } from 'zod';
import { floor, rate } from './progress.js';

export const sspqCosineOptions = z
  .strictObject({
    base: rate.default(0.1),
    warmUp: z.number().nonnegative().default(5),
    period: z.int().positive().default(10),
    floor: floor.default(1e-6),
    total: z.number().positive().optional(),
    compounding: z.boolean().default(true),
    lateFloor: z.boolean().default(false),
  })
  .refine(({ base, floor }) => floor <= base, { error: 'floor must not be above base', path: ['floor'] })
  .refine(({ warmUp, total }) => total === undefined || warmUp < total, {
    error: 'total must be above warmUp',
    path: ['total'],
  });

/**
 * The defaults are those of the paper's ImageNet runs. All durations are whole epochs of the stage.
 * - `base` (0.1): the rate until the first change;
 * - `warmUp` (5): T_w, the last epoch before the cosine; despite its name the rate is `base` there, not lower;
 * - `period` (10): S, the rate changes at multiples of it that are above T_w;
 * - `floor` (1e-6; the paper's CIFAR runs: 1e-3): η_min, also the offset inside the factor;
 * - `total`: T_m, the number of epochs of the stage by default;
 * - `compounding` (true): multiply the current rate, as the authors' code does; false: multiply `base`;
 * - `lateFloor` (false): apply the floor one epoch after the change that went below it, as the authors' code does.
 *
 * @interface
 */
export type SspqCosineOptions = z.input<typeof sspqCosineOptions>;

/**
 * The cosine learning rate of L-SSPQ (eq. 1): at every epoch e with e mod S = 0 and e > T_w
 * η ← η · (η_min + ½(1 − η_min)(1 + cos(π(e − T_w)/(T_m − T_w)))), not below η_min. From T_m on the cosine stays at its end.
 *
 * The paper does not say whether the factor applies to the current or to the first rate; its code applies it to the current
 * one, and so does this by default. (T_w, S, T_m) is (5, 10, 105) for ImageNet, (5, 30, 200) for L20 and (30, 30, 200) for
 * the other CIFAR models.
 *
 * @throws LowbitError a floor above the base, a total that is not above the warm-up
 */
export function sspqCosine(options: SspqCosineOptions = {}): Schedule {
  const { base, warmUp, period, floor, total, compounding, lateFloor } = parseOptions(
    sspqCosineOptions,
    options,
    "schedule 'sspq-cosine'",
  );
  const factor = (epoch: number, last: number) => {
    const part = last > warmUp ? Math.min(1, (epoch - warmUp) / (last - warmUp)) : 1;
    return floor + ((1 - floor) * (1 + Math.cos(Math.PI * part))) / 2;
  };
  return ({ epoch, epochs }) => {
    let rate = base;
    for (let e = 1; e <= epoch; e++) {
      const changes = e % period === 0 && e > warmUp;
      if (changes) rate = (compounding ? rate : base) * factor(e, total ?? epochs);
      if (lateFloor ? !changes : changes) rate = Math.max(rate, floor);
    }
    return rate;
  };
}
