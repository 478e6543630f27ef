/** Counts of values in bins of equal width on both sides of 0, as wide as what was added needs. Holds no more however much is added. */
export class Histogram {
  min = Infinity;
  max = -Infinity;
  /** Of a bin; 0 until a value that is not 0 was added. */
  width = 0;
  /** Bin i holds values from (i − bins)·width on. */
  readonly counts: Float64Array;

  /** @param bins on each side, an even number */
  constructor(readonly bins: number) {
    this.counts = new Float64Array(2 * bins);
  }

  /** Adds finite values. */
  add(values: Float32Array): void {
    let [min, max] = [Infinity, -Infinity];
    for (const value of values) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
    this.#reach(Math.max(-min, max));
    const { bins, counts, width } = this;
    for (const value of values) {
      const bin = width > 0 ? Math.floor(value / width) : 0;
      counts[Math.max(-bins, Math.min(bin, bins - 1)) + bins]!++;
    }
  }

  /** Count of values v with |v| in each bin of `width` from 0 on, or of those v ≥ 0 alone. */
  magnitudes(sides: 'both' | 'positive'): Float64Array {
    const { bins, counts } = this;
    const positive = counts.slice(bins);
    return sides === 'positive' ? positive : positive.map((count, i) => count + counts[bins - 1 - i]!);
  }

  /** The bins that hold values: the middle of each, and how many. */
  filled(): { middle: number; count: number }[] {
    const { bins, counts, width, min, max } = this;
    return Array.from(counts, (count, i) => ({
      middle: Math.min(max, Math.max(min, (i - bins + 0.5) * width)),
      count,
    })).filter(({ count }) => count > 0);
  }

  /** Below how much a share of all values lies, between `min` and `max`. */
  quantile(share: number): number {
    const { bins, counts, width, min, max } = this;
    const i = binOf(counts, share);
    return Math.min(max, Math.max(min, (i - bins) * width));
  }

  /** Within how much of 0 a share of the values lies. */
  magnitude(share: number, sides: 'both' | 'positive'): number {
    const most = sides === 'both' ? Math.max(-this.min, this.max) : this.max;
    return Math.min(Math.max(0, most), binOf(this.magnitudes(sides), share) * this.width);
  }

  // doubled widths join neighbours of one side, so that no count is ever split
  #reach(magnitude: number): void {
    const { bins, counts } = this;
    if (this.width === 0) {
      this.width = magnitude / bins;
      return;
    }
    let doublings = 0;
    while (magnitude > this.width * bins) {
      this.width *= 2;
      doublings++;
    }
    if (doublings === 0) return;
    const before = counts.slice();
    counts.fill(0);
    before.forEach((count, i) => {
      counts[Math.floor((i - bins) / 2 ** doublings) + bins]! += count;
    });
  }
}

/** Where in bins from 0 on a share of their counts is reached, the last of them divided evenly. */
function binOf(counts: Float64Array, share: number): number {
  let rest = share * counts.reduce((sum, count) => sum + count, 0);
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count > 0 && rest <= count) return i + rest / count;
    rest -= count;
  }
  return counts.length;
}
