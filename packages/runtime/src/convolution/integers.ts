/** Integers of codes as a line: integers[code] = slope · code + offset. */
export interface Line {
  readonly slope: number;
  readonly offset: number;
}

/** The line that integers lie on, if they do. */
export function lineOf(integers: readonly number[]): Line | undefined {
  const offset = integers[0]!;
  const slope = integers.length > 1 ? integers[1]! - offset : 1;
  return integers.every((value, code) => value === slope * code + offset) ? { slope, offset } : undefined;
}

/** Integers as multiples of a step above the least: low + step · k, k = 0 … count − 1. */
export interface Ladder {
  readonly low: number;
  readonly step: number;
  readonly count: number;
}

/** The shortest ladder that has all of some integers. */
export function ladderOf(integers: readonly number[]): Ladder {
  const low = Math.min(...integers);
  const step = integers.reduce((divisor, value) => gcd(divisor, value - low), 0) || 1;
  return { low, step, count: (Math.max(...integers) - low) / step + 1 };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
