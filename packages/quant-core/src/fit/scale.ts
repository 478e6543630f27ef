import { entriesBelow, type Distribution } from './distribution.js';

/** Where the iteration starts, as parts of the scale whose last level is the largest magnitude: it has local minima. */
const STARTS = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];
const MOST_ITERATIONS = 100;

/**
 * The scale s ≥ 0 at which the levels s·t come closest to magnitudes in squared error: each takes the nearest level, then
 * s = Σ|w|t / Σt², until s no longer moves (Lloyd's iteration, dissertation eq. 2.5–2.7), from ten starts, of which the best counts.
 *
 * @param magnitudes the distribution of |w|
 * @param levels t at scale 1: ascending, from 0 or above
 */
export function fitScale(magnitudes: Distribution, levels: readonly number[]): number {
  const most = magnitudes.values.at(-1) ?? 0;
  if (!(most > 0) || !Number.isFinite(most)) return most;
  const full = most / levels.at(-1)!;
  let best = { scale: full, gain: -Infinity };
  for (const part of STARTS) {
    const found = settle(magnitudes, levels, part * full);
    if (found.gain > best.gain) best = found;
  }
  return best.scale;
}

/** `gain` is Σw² less the squared error. */
function settle(magnitudes: Distribution, levels: readonly number[], start: number): { scale: number; gain: number } {
  let scale = start;
  for (let i = 0; i < MOST_ITERATIONS; i++) {
    const { product, square } = assigned(magnitudes, levels, scale);
    const next = square > 0 ? product / square : scale / 2;
    if (Math.abs(next - scale) <= 1e-9 * scale) break;
    scale = next;
  }
  const { product, square } = assigned(magnitudes, levels, scale);
  return { scale, gain: scale * (2 * product - scale * square) };
}

/** Σ|w|t and Σt², each magnitude at its nearest level. */
function assigned(magnitudes: Distribution, levels: readonly number[], scale: number) {
  const { counts, sums, values } = magnitudes;
  let product = 0;
  let square = 0;
  let from = 0;
  levels.forEach((level, i) => {
    const next = levels[i + 1];
    const to = next === undefined ? values.length : entriesBelow(magnitudes, (scale * (level + next)) / 2);
    product += level * (sums[to]! - sums[from]!);
    square += level ** 2 * (counts[to]! - counts[from]!);
    from = to;
  });
  return { product, square };
}
