import { LowbitError, type Precision, type Quantizer } from '@lowbit/plugin-api';
import { z } from 'zod';

const message = 'bits must be a whole number from 1 to 8, or "float"';

/** 1 to 8 bits, or 'float'. */
export const precisionSchema = z.union([z.literal([1, 2, 3, 4, 5, 6, 7, 8]), z.literal('float')], {
  error: message,
}) satisfies z.ZodType<Precision>;

/** @throws LowbitError unless `bits` is 1 to 8 or 'float' */
export function checkPrecision(bits: unknown, where: string): Precision {
  const result = precisionSchema.safeParse(bits);
  if (result.success) return result.data;
  throw new LowbitError('config', { what: message, where, received: bits });
}

/** Highest code of a k-bit quantizer: n = 2^k − 1. */
export function topCode(bits: number): number {
  return 2 ** bits - 1;
}

/** Bits that each value takes when it is stored: 32 of float, and where there is no quantizer. */
export function storageBits(quantizer: Quantizer | undefined): number {
  const { bits = 'float', storedBits = bits } = quantizer ?? {};
  return storedBits === 'float' ? 32 : storedBits;
}
