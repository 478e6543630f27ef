import type { Levels } from './graph.js';

/** The float32 that each code stands for. */
export function meaningsOf(levels: Levels): Float32Array {
  if ('values' in levels) return Float32Array.from(levels.values);
  return Float32Array.from(levels.integers, (integer) => levels.scale * integer);
}

/** The code that stands for 0, or −1 where none does. */
export function zeroCode(levels: Levels): number {
  return meaningsOf(levels).indexOf(0);
}

/** Whether no code stands for less than the one before it: only then is the largest code the largest value. */
export function isAscending(levels: Levels): boolean {
  return meaningsOf(levels).every((value, code, values) => code === 0 || value >= values[code - 1]!);
}

/** Whether the codes of one stand for the same as the codes of the other, written in the same way. */
export function sameLevels(a: Levels, b: Levels): boolean {
  if ('values' in a) return 'values' in b && sameNumbers(a.values, b.values);
  return 'integers' in b && a.scale === b.scale && sameNumbers(a.integers, b.integers);
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
