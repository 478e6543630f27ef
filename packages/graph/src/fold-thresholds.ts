import { LowbitError } from '@lowbit/plugin-api';
import { rescaled } from './interpret/epilogue.js';

/** The codes of whole sums, without arithmetic on floats. */
export interface FoldedThresholds {
  /** For each channel −1 where its scale is negative, else 1. */
  readonly signs: Int8Array;
  /** [channels, thresholds], ascending: a sum has the code that counts the thresholds t with sign · sum ≥ t. */
  readonly thresholds: Int32Array;
}

/**
 * Folds the epilogue of a convolution or dense layer over integers, and the `quantize` after it, into whole thresholds for
 * the sums: of each threshold t the smallest sign · sum of the range with fround(fround(fround(sum) · scale) + bias) ≥ t, or
 * one beyond the range where no sum reaches t. Exact: that formula, which is the interpreter's own, never falls as sign ·
 * sum rises (rounding keeps order), so that bisection finds the place.
 *
 * @param scale float32 [channels], or [1] for all; left out it is no step
 * @param bias float32 [channels]; left out it is no step. Where neither has more than one number, one channel is returned
 * @param thresholds float32, ascending: those of `quantize`
 * @param range the smallest and the largest sum that can come, whole numbers of 32 bits, which with their negatives stay 1
 *   below the largest
 * @throws LowbitError `data`: a scale or bias that is not finite, lengths that do not go together, a range that 32 bits do
 *   not hold
 */
export function foldThresholds(
  scale: Float32Array | undefined,
  bias: Float32Array | undefined,
  thresholds: Float32Array,
  range: readonly [min: number, max: number],
): FoldedThresholds {
  checkRange(range);
  const channels = Math.max(scale?.length ?? 1, bias?.length ?? 1);
  const at = (numbers: Float32Array | undefined, channel: number) => numbers?.[numbers.length === 1 ? 0 : channel];
  const signs = new Int8Array(channels);
  const folded = new Int32Array(channels * thresholds.length);
  for (let channel = 0; channel < channels; channel++) {
    const [factor, offset] = [at(scale, channel), at(bias, channel)];
    if ((scale && !Number.isFinite(factor)) || (bias && !Number.isFinite(offset))) {
      throw new LowbitError('data', {
        what: 'a scale or bias that is missing or not finite',
        where: `channel ${channel} of ${channels}`,
        received: `scale ${factor}, bias ${offset}`,
      });
    }
    const sign = factor !== undefined && factor < 0 ? -1 : 1;
    const [low, high] = sign < 0 ? [-range[1], -range[0]] : range;
    signs[channel] = sign;
    thresholds.forEach((threshold, k) => {
      const reaches = (value: number) => rescaled(sign * value, factor, offset) >= threshold;
      folded[channel * thresholds.length + k] = firstWhere(reaches, low, high);
    });
  }
  return { signs, thresholds: folded };
}

/**
 * The smallest whole number from `low` to `high` that holds, where all above one that holds do; high + 1 where none does.
 */
function firstWhere(holds: (value: number) => boolean, low: number, high: number): number {
  let end = high + 1;
  while (low < end) {
    const middle = Math.floor((low + end) / 2);
    if (holds(middle)) end = middle;
    else low = middle + 1;
  }
  return low;
}

function checkRange([min, max]: readonly [number, number]): void {
  const limit = 2 ** 31 - 2;
  if (Number.isInteger(min) && Number.isInteger(max) && -limit <= min && min <= max && max <= limit) return;
  throw new LowbitError('data', {
    what: 'sums whose range is not of whole numbers of 32 bits',
    where: 'range',
    received: [min, max],
  });
}
