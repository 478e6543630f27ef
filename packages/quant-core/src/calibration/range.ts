import { entropyClip } from './entropy.js';
import type { Histogram } from './histogram.js';

/** What real values the levels of a uniform grid reach. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** How the codes of a uniform grid lie about 0. */
export interface GridKind {
  /** 'symmetric' reaches as far on both sides, 'positive' from 0 on, 'affine' anywhere about 0. */
  readonly range: 'symmetric' | 'affine' | 'positive';
  /** The highest code. */
  readonly top: number;
  /** The code of 0; of 'affine' the range says it. */
  readonly zero?: number;
}

/** How a range is made of what was seen. */
export type Calibration = 'minmax' | 'percentile' | 'mse' | 'kl';

/** How many clips are tried for the least squared error. */
const CLIPS = 200;
/** How many for each end alone, where the ends differ. */
const ENDS = 50;

/** All that was seen. */
export function extremes({ range }: GridKind, { min, max }: { min: number; max: number }): Range {
  const high = range === 'symmetric' ? Math.max(-min, max) : Math.max(0, max);
  return { low: Math.min(0, min), high };
}

/** All but a share of what was seen, of each end where they differ. @param percent of the values that are not clipped */
export function percentileRange({ range }: GridKind, seen: Histogram, percent: number): Range {
  const share = percent / 100;
  if (range === 'affine')
    return { low: Math.min(0, seen.quantile(1 - share)), high: Math.max(0, seen.quantile(share)) };
  return { low: 0, high: seen.magnitude(share, range === 'positive' ? 'positive' : 'both') };
}

/** The range whose levels have the least squared error, found by trying. */
export function leastSquaresRange(kind: GridKind, seen: Histogram): Range {
  const whole = extremes(kind, seen);
  const filled = seen.filled();
  let best: { range: Range; error: number } = { range: whole, error: squaredError(kind, whole, filled) };
  const attempt = (range: Range) => {
    const error = squaredError(kind, range, filled);
    if (error < best.error) best = { range, error };
  };
  const parts = (count: number) => Array.from({ length: count }, (_, i) => (i + 1) / count);
  for (const part of parts(CLIPS)) attempt({ low: whole.low * part, high: whole.high * part });
  if (kind.range === 'affine') {
    for (const part of parts(ENDS)) attempt({ low: whole.low * part, high: best.range.high });
    for (const part of parts(ENDS)) attempt({ low: best.range.low, high: whole.high * part });
  }
  return best.range;
}

/** The range whose levels lose the least information, by TensorRT's rule; of both ends the same clip. */
export function entropyRange(kind: GridKind, seen: Histogram): Range {
  const { range, top, zero = 0 } = kind;
  const oneSided = range === 'positive' || (range === 'affine' && seen.min >= 0);
  const levels = oneSided ? top + 1 : range === 'affine' ? (top + 1) / 2 : top - zero + 1;
  const whole = extremes(kind, seen);
  const clip = entropyClip(seen.magnitudes(oneSided ? 'positive' : 'both'), levels) * seen.width;
  return { low: Math.max(whole.low, -clip), high: Math.min(whole.high, clip) };
}

/** Step and zero point that reach a range; the step is 0 where that is nothing but 0. */
function gridOf({ top, zero }: GridKind, { low, high }: Range): { step: number; zero: number } {
  if (zero !== undefined) return { step: high / (top - zero), zero };
  const step = high / top - low / top;
  return { step, zero: step > 0 ? Math.round(-low / step) : 0 };
}

function squaredError(kind: GridKind, range: Range, filled: readonly { middle: number; count: number }[]): number {
  const { step, zero } = gridOf(kind, range);
  const [least, most] = [-zero, kind.top - zero];
  let sum = 0;
  for (const { middle, count } of filled) {
    const code = step > 0 ? Math.max(least, Math.min(Math.round(middle / step), most)) : 0;
    sum += count * (middle - code * step) ** 2;
  }
  return sum;
}
