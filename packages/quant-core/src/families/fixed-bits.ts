import type { Precision } from '@lowbit/plugin-api';
import { z } from 'zod';

type Bits = Exclude<Precision, 'float'>;

/** The bits of a family that is not made for all of 1 to 8: whole numbers from `least` to `most`, or 'float'. */
export function bitsFrom(least: Bits, most: Bits): z.ZodType<Precision, Precision> {
  const widths = Array.from({ length: most - least + 1 }, (_, i) => (least + i) as Bits);
  const error =
    least === most
      ? `bits must be ${least}, or "float"`
      : `bits must be a whole number from ${least} to ${most}, or "float"`;
  return z.union([z.literal(widths), z.literal('float')], { error });
}
