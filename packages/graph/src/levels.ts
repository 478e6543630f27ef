import type { CodedLevels, Levels, Parameter, ValueType } from './graph.js';

/** How many levels these are. */
export function levelCount(levels: Levels | CodedLevels): number {
  if ('integers' in levels) return levels.integers.length;
  if (!('grid' in levels)) return levels.values.length;
  return levels.values.length / levels.grid.reduce((product, size) => product * size, 1);
}

/** The integers that codes are multiplied as, if they stand for integers. */
export function integersOf(type: ValueType | Parameter): readonly number[] | undefined {
  if (type === 'float32' || ('kind' in type && type.kind === 'float32')) return undefined;
  const levels = 'kind' in type ? type.levels : type;
  return 'integers' in levels ? levels.integers : undefined;
}

/** The float32 that each code stands for. */
export function meaningsOf(levels: Levels): Float32Array {
  if ('values' in levels) return Float32Array.from(levels.values);
  return Float32Array.from(levels.integers, (integer) => levels.scale * integer);
}

/** The code that stands for 0, or −1 where none does. */
export function zeroCode(levels: Levels): number {
  return numbersOf(levels).indexOf(0);
}

/** Whether each code stands for more than the one before it: only then is the largest code the largest value. */
export function isAscending(levels: Levels): boolean {
  return numbersOf(levels).every((value, code, values) => code === 0 || value > values[code - 1]!);
}

/** What codes stand for, but for a scale above 0. */
function numbersOf(levels: Levels): readonly number[] {
  return 'integers' in levels ? levels.integers : levels.values;
}

/** Whether the codes of one stand for the same as the codes of the other, written in the same way. */
export function sameLevels(a: Levels, b: Levels): boolean {
  if ('values' in a) return 'values' in b && sameNumbers(a.values, b.values);
  return 'integers' in b && a.scale === b.scale && sameNumbers(a.integers, b.integers);
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
