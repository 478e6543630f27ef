import { LowbitError } from '@lowbit/plugin-api';
import * as z from 'zod';

/**
 * What the derivative by a shift is at an integer offset, where the bilinear interpolation has a corner. Everywhere else
 * the three agree.
 *
 * - `'reference'`: what the CUDA op of the SSPQ authors computes: the left (upper) neighbour of the difference is the one
 *   further left (up), so that the difference spans two pixels and is not halved; where the other axis is at an integer too,
 *   the neighbour one row up (column left) is read, as that op does. That is no subgradient of the interpolation.
 * - `'central'`: (q(x + 1) − q(x − 1)) / 2, the mean of the derivatives from both sides.
 * - `'one-sided'`: q(x + 1) − q(x), the formula as printed, and what the Caffe layer of the ASL authors computes.
 */
export type IntegerOffset = 'reference' | 'central' | 'one-sided';

/**
 * What becomes of a channel's gradient (gx, gy) before it leaves the op.
 *
 * - `'exact'`: nothing (SSPQ).
 * - `'normalize'`: it is divided by its Euclidean norm; zero stays zero (ASL).
 * - `{ clip }`: it is scaled so that its norm is at most `clip`.
 */
export type ShiftGradient = 'exact' | 'normalize' | { readonly clip: number };

export interface StrideOptions {
  /** Pixels of the input from one output pixel to the next, along both axes; 1 by default. */
  readonly stride?: number;
}

/** Options of `activeShift` and `sparseShift`. */
export interface ShiftOptions extends StrideOptions {
  /** `'exact'` by default. */
  readonly shiftGradient?: ShiftGradient;
  /** `'reference'` by default. */
  readonly integerOffset?: IntegerOffset;
}

/** Options of `groupedShift`. */
export interface GroupedShiftOptions extends StrideOptions {
  /** Odd side of the window that the shifts come from: kernelSize² groups; 3 by default. */
  readonly kernelSize?: number;
}

export const stride = z.int('a stride is a whole number').min(1, 'a stride is at least 1').default(1);

export const kernelSize = z
  .int('a kernel size is a whole number')
  .min(1, 'a kernel size is at least 1')
  .refine((size) => size % 2 === 1, 'a kernel size is odd')
  .default(3);

export const shiftGradient = z
  .union([z.enum(['exact', 'normalize']), z.strictObject({ clip: z.number().positive('a clip is positive') })], {
    error: "a shift gradient is 'exact', 'normalize' or { clip: a positive norm }",
  })
  .default('exact');

export const integerOffset = z
  .enum(['reference', 'central', 'one-sided'], {
    error: "an integer offset's derivative is 'reference', 'central' or 'one-sided'",
  })
  .default('reference');

export const shiftOptions = z.strictObject({ stride, shiftGradient, integerOffset });
export const groupedShiftOptions = z.strictObject({ stride, kernelSize });

interface Shaped {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** @throws LowbitError unless `x` is float32 [n, height, width, channels] */
export function checkImages(x: Shaped, where: string): void {
  if (x.shape.length === 4 && x.dtype === 'float32') return;
  throw new LowbitError('usage', {
    what: 'a shift wants float32 images [n, height, width, channels]',
    where,
    received: `${x.dtype} [${x.shape.join(', ')}]`,
    hint: 'cast or reshape them',
  });
}

/** @throws LowbitError unless `shifts` is float32 [2, channels of x] */
export function checkShifts(x: Shaped, shifts: Shaped, where: string): void {
  const channels = x.shape[3]!;
  if (shifts.shape.length === 2 && shifts.shape[0] === 2 && shifts.shape[1] === channels && shifts.dtype === 'float32')
    return;
  throw new LowbitError('usage', {
    what: `the shifts of ${channels} channels are float32 [2, ${channels}]`,
    where,
    received: `${shifts.dtype} [${shifts.shape.join(', ')}]`,
    hint: 'row 0 holds the horizontal offsets, row 1 the vertical ones',
  });
}
