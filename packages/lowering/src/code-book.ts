/** A code book as whole numbers, the same in every row, and the scale of each row. */
export interface IntegerLevels {
  readonly integers: readonly number[];
  /** value ≈ scales[row] · integers[level], float64, none below 0. */
  readonly scales: Float64Array;
}

/** The largest integer that a graph has levels of. */
const LARGEST = 255;

/** How far a level may lie from scale · integer, as a share of its row's largest level: two roundings of a float32 of that size. */
export const TOLERANCE = 2 ** -22;

/**
 * Finds whole numbers, the smallest there are, that the levels of a code book are multiples of: the values of a uniform, ternary, binary or
 * power-of-two quantizer. None is larger than 255, as a graph wants them. Each level may differ from scale · integer by {@link TOLERANCE} of the
 * largest in its row, which is what the float32 rounding of a code book makes.
 *
 * @param rows rows of `count` levels, one after the other
 * @returns undefined where there are none: the levels of LQ-Nets, TTQ, k-means …
 */
export function integerLevels(rows: Float32Array, count: number): IntegerLevels | undefined {
  const all = Array.from({ length: rows.length / count }, (_, i) => rows.subarray(i * count, (i + 1) * count));
  const largest = Float64Array.from(all, (row) => row.reduce((max, value) => Math.max(max, Math.abs(value)), 0));
  const first = largest.findIndex((value) => value > 0);
  if (first < 0) return { integers: new Array<number>(count).fill(0), scales: new Float64Array(all.length) };
  for (let parts = 1; parts <= LARGEST; parts++) {
    const integers = Array.from(all[first]!, (value) => Math.round((value * parts) / largest[first]!) + 0);
    const scales = largest.map((value) => value / parts);
    const fits = all.every((row, i) =>
      row.every((value, level) => Math.abs(value - scales[i]! * integers[level]!) <= TOLERANCE * largest[i]!),
    );
    if (fits) return { integers, scales };
  }
  return undefined;
}
