import { floatOf, keyOf, LARGEST } from './float-keys.js';

/** What a quantizer makes of numbers: for each, which of `levels` it goes to. */
export interface CodedNumbers {
  readonly codes: ArrayLike<number>;
  /** What each code stands for. */
  readonly levels: Float32Array;
}

/** A quantizer as steps: what is at least `thresholds[i]` goes to one of the levels above `levels[i]`. */
export interface Steps {
  /** Ascending; the smallest float32 that goes to the level after. */
  readonly thresholds: Float32Array;
  /** Ascending, one more than thresholds: the levels that any float32 goes to. */
  readonly levels: Float32Array;
}

/** Why a quantizer has no steps. */
export class NotSteps extends Error {}

/**
 * Finds the steps of a quantizer by bisection over the float32 numbers in their order, all thresholds at once: exact, whatever the quantizer
 * computes, provided that a greater number never goes to a lesser level.
 *
 * @param encode the quantizer; it sees a handful of numbers at a time, about 35 times
 * @throws NotSteps a greater number that goes to a lesser level; levels that depend on the numbers
 */
export function stepsOf(encode: (x: Float32Array) => CodedNumbers): Steps {
  const { levels } = encode(Float32Array.of(0));
  const sorted = Float32Array.from(new Set(levels)).sort();
  const ranks = new Map([...sorted].map((level, rank) => [level, rank]));
  const ranksOf = (x: Float32Array): number[] => {
    const coded = encode(x);
    if (coded.levels.length !== levels.length || coded.levels.some((level, i) => level !== levels[i])) {
      throw new NotSteps('its levels depend on what it is given');
    }
    return Array.from(x, (_, i) => ranks.get(coded.levels[coded.codes[i]!]!)!);
  };

  const [lowest, highest] = ranksOf(Float32Array.of(-LARGEST, LARGEST)) as [number, number];
  if (lowest > highest) throw new NotSteps('a greater number goes to a lesser level');
  const wanted = Array.from({ length: highest - lowest }, (_, i) => lowest + 1 + i);
  const below = wanted.map(() => keyOf(-LARGEST));
  const above = wanted.map(() => keyOf(LARGEST));
  while (wanted.some((_, i) => above[i]! - below[i]! > 1)) {
    const middle = wanted.map((_, i) => Math.floor((below[i]! + above[i]!) / 2));
    ranksOf(Float32Array.from(middle, floatOf)).forEach((rank, i) => {
      (rank >= wanted[i]! ? above : below)[i] = middle[i]!;
    });
  }
  // a level that the next one begins with is never reached
  const reached = wanted.filter((_, i) => i === wanted.length - 1 || above[i]! < above[i + 1]!);
  const steps = {
    thresholds: Float32Array.from(reached, (rank) => floatOf(above[rank - lowest - 1]!)),
    levels: Float32Array.from([lowest, ...reached], (rank) => sorted[rank]!),
  };
  check(steps, (x) => Float32Array.from(ranksOf(x), (rank) => sorted[rank]!));
  return steps;
}

/** The number of thresholds that x is not below. */
export function codeOf(x: number, thresholds: Float32Array): number {
  let code = 0;
  while (code < thresholds.length && x >= thresholds[code]!) code++;
  return code;
}

/** Compares the steps with the quantizer at every threshold, just below it, and at numbers of all sizes. */
function check({ thresholds, levels }: Steps, valuesOf: (x: Float32Array) => Float32Array): void {
  const around = [...thresholds].flatMap((t) => [t, floatOf(keyOf(t) - 1)]);
  const sizes = Array.from({ length: 160 }, (_, i) => 1.37 ** (i - 80));
  const x = Float32Array.from([...around, 0, ...sizes, ...sizes.map((size) => -size)]);
  valuesOf(x).forEach((value, i) => {
    if (value !== levels[codeOf(x[i]!, thresholds)]) throw new NotSteps('a greater number goes to a lesser level');
  });
}
