/** Values in ascending order, and sums over the first of them: enough to fit levels in a few steps, however many values there were. */
export interface Distribution {
  readonly size: number;
  /** Ascending; of a large tensor the middles of the bins that hold any. */
  readonly values: Float64Array;
  /** At i: how many values there are in the first i entries. */
  readonly counts: Float64Array;
  /** At i: the sum of the values in the first i entries. */
  readonly sums: Float64Array;
}

/** More values than this are put into as many bins; fewer are sorted, and each is an entry of its own. */
const BINS = 2 ** 16;

/** The distribution of finite values: exact up to 65,536 of them, beyond that to 1/65,536 of their range. */
export function distributionOf(values: Float32Array): Distribution {
  return values.length > BINS ? binned(values) : sorted(values);
}

function sorted(values: Float32Array): Distribution {
  const ascending = new Float64Array(values).sort();
  return prefixed(ascending, ascending, undefined, values.length);
}

function binned(values: Float32Array): Distribution {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const counts = new Float64Array(BINS);
  const sums = new Float64Array(BINS);
  const width = (high - low) / BINS || 1;
  const perWidth = 1 / width;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const bin = Math.min(((value - low) * perWidth) | 0, BINS - 1);
    counts[bin]! += 1;
    sums[bin]! += value;
  }
  const middles = new Float64Array(BINS);
  for (let bin = 0; bin < BINS; bin++) middles[bin] = low + (bin + 0.5) * width;
  return prefixed(middles, sums, counts, values.length);
}

function prefixed(
  values: Float64Array,
  sums: Float64Array,
  counts: Float64Array | undefined,
  size: number,
): Distribution {
  const [countsBefore, sumsBefore] = [new Float64Array(values.length + 1), new Float64Array(values.length + 1)];
  for (let i = 0; i < values.length; i++) {
    countsBefore[i + 1] = countsBefore[i]! + (counts ? counts[i]! : 1);
    sumsBefore[i + 1] = sumsBefore[i]! + sums[i]!;
  }
  return { size, values, counts: countsBefore, sums: sumsBefore };
}

/** How many entries lie below `threshold`. */
export function entriesBelow({ values }: Distribution, threshold: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}
