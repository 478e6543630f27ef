import type { Levels, Pads, Pair } from '../graph.js';
import { isFloat32, levelsProblem } from './level-problems.js';

/** The largest size, stride, offset … : whatever is computed from a few of them is exact. */
const MAX_SIZE = 65_535;
/** Shifts by more places than this are refused: a file keeps them in 8 or 16 bits. */
export const MAX_OFFSET = 32_767;

/** What an attribute may be, and how a file keeps it. */
export interface Field<T> {
  /** `plain` is kept as JSON. Names of parameters, levels and offsets have shorter ways. */
  readonly kind: 'plain' | 'parameter' | 'levels' | 'offsets';
  /** What it must be and is not, as the end of "strides must be …". */
  readonly problem: (value: unknown) => string | undefined;
  /** May be left out of a node. */
  readonly optional?: true;
  /** What a file leaves out. */
  readonly usual?: T;
}

function plain<T>(expected: string, holds: (value: unknown) => boolean, usual?: T): Field<T> {
  return { kind: 'plain', problem: (value) => (holds(value) ? undefined : expected), usual };
}

const isWhole = (low: number, high: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= low && (value as number) <= high;

const isListOf = (length: number | undefined, holds: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && (length === undefined || value.length === length) && value.every(holds);

/** A whole number. */
export function whole(low: number, usual?: number): Field<number> {
  return plain(`a whole number from ${low} to ${MAX_SIZE}`, isWhole(low, MAX_SIZE), usual);
}

/** Rows and columns. */
export function pair(usual?: Pair): Field<Pair> {
  return plain(`[rows, columns], whole numbers from 1 to ${MAX_SIZE}`, isListOf(2, isWhole(1, MAX_SIZE)), usual);
}

/** Any number of whole numbers. */
export function list(low: number): Field<readonly number[]> {
  return plain(`a list of whole numbers from ${low}`, isListOf(undefined, isWhole(low, Number.MAX_SAFE_INTEGER)));
}

export const pads: Field<Pads> = plain(
  `[top, left, bottom, right], whole numbers from 0 to ${MAX_SIZE}`,
  isListOf(4, isWhole(0, MAX_SIZE)),
  [0, 0, 0, 0],
);

/** A finite number, `float32` once it is used. 0 is not negative. */
export const finite: Field<number> = plain(
  'a finite number of the range of float32, and 0 rather than -0',
  (value) => typeof value === 'number' && isFloat32(Math.fround(value)) && !Object.is(value, -0),
);

/** A number that is no less than 0. */
export const positive: Field<number> = plain(
  'a finite number of at least 0',
  (value) => finite.problem(value) === undefined && (value as number) >= 0,
);

export function flag(usual?: boolean): Field<boolean> {
  return plain('true or false', (value) => typeof value === 'boolean', usual);
}

export function choice<T extends string>(names: readonly T[], usual?: T): Field<T> {
  return plain(`one of ${names.join(', ')}`, (value) => names.includes(value as T), usual);
}

/** The name of a parameter; whether it exists is for the op to ask. */
export const parameter: Field<string> = { ...plain('the name of a parameter', isString), kind: 'parameter' };
export const optionalParameter: Field<string> = { ...parameter, optional: true };

export const levels: Field<Levels> = { kind: 'levels', problem: levelsProblem };

/** By how much each channel moves: [rows, columns]. */
export const offsets: Field<readonly Pair[]> = {
  ...plain(
    `a list of [rows, columns], whole numbers from ${-MAX_OFFSET} to ${MAX_OFFSET}`,
    isListOf(undefined, isListOf(2, isWhole(-MAX_OFFSET, MAX_OFFSET))),
  ),
  kind: 'offsets',
};

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
