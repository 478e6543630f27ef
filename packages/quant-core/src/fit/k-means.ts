import { entriesBelow, type Distribution } from './distribution.js';

/** How centres are placed before the first iteration. */
export type Start = 'linear' | 'density' | 'random';

const MOST_ITERATIONS = 300;

/**
 * Lloyd's k-means on a line: each centre becomes the mean of the values that are nearest to it, until none changes sides. An empty
 * cluster keeps its centre.
 *
 * @param values their distribution
 * @param count k
 * @param start 'linear': evenly from the least value to the largest; 'density': in the middle of k equal shares of the values;
 *   'random': at k values
 * @param draws for 'random': k numbers in [0, 1)
 * @returns k centres, ascending
 */
export function kMeans(values: Distribution, count: number, start: Start, draws: ArrayLike<number> = []): number[] {
  if (values.size === 0) return Array.from({ length: count }, () => 0);
  let centres = starting(values, count, start, draws);
  let ends: number[] = [];
  for (let i = 0; i < MOST_ITERATIONS; i++) {
    const next = boundariesOf(centres).map((boundary) => entriesBelow(values, boundary));
    if (i > 0 && next.every((end, j) => end === ends[j])) break;
    ends = next;
    centres = means(values, centres, ends);
  }
  return centres;
}

/** The middles between neighbours. */
function boundariesOf(centres: readonly number[]): number[] {
  return centres.slice(1).map((centre, i) => centres[i]! / 2 + centre / 2);
}

function starting({ values, counts, size }: Distribution, count: number, start: Start, draws: ArrayLike<number>) {
  const indices = Array.from({ length: count }, (_, i) => i);
  if (start === 'linear') {
    const [low, high] = [values[0]!, values.at(-1)!];
    return indices.map((i) => (count === 1 ? (low + high) / 2 : low + ((high - low) * i) / (count - 1)));
  }
  const shares = start === 'density' ? indices.map((i) => (i + 0.5) / count) : indices.map((i) => draws[i]!);
  return shares.map((share) => values[entryOf(counts, share * size)]!).sort((a, b) => a - b);
}

/** The entry that holds the value of a rank, counted from 0. */
function entryOf(counts: Float64Array, rank: number): number {
  let low = 0;
  let high = counts.length - 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (counts[middle + 1]! > rank) high = middle;
    else low = middle + 1;
  }
  return low;
}

function means({ counts, sums, values }: Distribution, centres: readonly number[], ends: readonly number[]): number[] {
  return centres.map((centre, i) => {
    const [from, to] = [i === 0 ? 0 : ends[i - 1]!, ends[i] ?? values.length];
    const members = counts[to]! - counts[from]!;
    return members > 0 ? (sums[to]! - sums[from]!) / members : centre;
  });
}
