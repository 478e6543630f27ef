import type { Row } from './report.js';

/** What a figure should be. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** A figure that a benchmark is run for, beside its target. */
export interface Figure {
  readonly what: string;
  readonly value?: number;
  /** '×': how many times as much; '%': a share. */
  readonly unit: '×' | '%' | 'GiB' | 'MiB' | 'ms';
  /** The same from processor time: steadier where others use the machine, blind to what more threads bring. */
  readonly byProcessorTime?: number;
  readonly target?: Target;
  readonly reached?: boolean;
  /** Why there is none. */
  readonly skipped?: string;
}

/** Which rows a ratio is of. */
export interface Ratio {
  readonly what: string;
  /** Of several the geometric mean. */
  readonly shape: string | readonly string[];
  readonly side: string;
  /** Of several the fastest. */
  readonly against: string | readonly string[];
  /** How many times as fast the side is (the default), or how many times as much time it takes. */
  readonly of?: 'speed' | 'time';
  readonly target?: Target;
}

/** How fast one side is beside another, or the fastest of others, by medians; none where they were not run. */
export function ratioFigure(
  rows: readonly Row[],
  { what, shape, side, against, of = 'speed', target }: Ratio,
): Figure[] {
  const found = [shape].flat().map((each) => speedup(rows, each, side, [against].flat()));
  const measured = found.filter((each) => typeof each === 'object');
  if (measured.length < found.length || found.length === 0) {
    const skipped = found.find((each) => typeof each === 'string');
    return skipped === undefined ? [] : [{ what, unit: '×', target, skipped }];
  }
  const value = (ratios: readonly number[]) => geometricMean(ratios) ** (of === 'time' ? -1 : 1);
  const byProcessorTime = value(measured.map(({ processor }) => processor));
  return [
    {
      ...judged(what, value(measured.map(({ clock }) => clock)), '×', target),
      ...(Number.isFinite(byProcessorTime) ? { byProcessorTime } : {}),
    },
  ];
}

/** How many times as fast a side is, by the clock and by processor time; why that is not known; nothing where it was not run. */
function speedup(rows: readonly Row[], shape: string, side: string, against: readonly string[]) {
  const find = (name: string) => rows.find((row) => row.side === name && row.shape === shape);
  const [own, others] = [find(side), against.flatMap((name) => find(name) ?? [])];
  if (!own || others.length === 0) return undefined;
  if ('skipped' in own) return `${side}: ${own.skipped}`;
  const measured = others.filter((row) => 'median' in row);
  const [first] = others;
  if (measured.length === 0) return 'skipped' in first! ? `${first.side}: ${first.skipped}` : undefined;
  const rate = (value = NaN) => (own.unit === 'ms' ? 1 / value : value);
  const fastest = measured.reduce((best, row) => (rate(row.median) > rate(best.median) ? row : best));
  const quotient = (mine = NaN, theirs = NaN) => (own.unit === 'ms' ? theirs / mine : mine / theirs);
  return {
    clock: quotient(own.median, fastest.median),
    processor: quotient(own.byProcessorTime, fastest.byProcessorTime),
  };
}

/** The n-th root of the product of n numbers. */
export function geometricMean(values: readonly number[]): number {
  return values.reduce((product, value) => product * value, 1) ** (1 / values.length);
}

/** The median of a side itself; none where it was not run. */
export function valueFigure(
  rows: readonly Row[],
  { what, shape, side, target }: Omit<Ratio, 'against' | 'of'>,
  unit: Figure['unit'],
): Figure[] {
  const row = rows.find((each) => each.side === side && each.shape === shape);
  if (!row) return [];
  return 'skipped' in row ? [{ what, unit, target, skipped: row.skipped }] : [judged(what, row.median, unit, target)];
}

/** The memory that a side's steps took at their peak; none where it was not run. */
export function memoryFigure(
  rows: readonly Row[],
  { what, shape, side, target }: Omit<Ratio, 'against' | 'of'>,
): Figure[] {
  const row = rows.find((each) => each.side === side && each.shape === shape);
  if (!row) return [];
  if ('skipped' in row) return [{ what, unit: 'GiB', target, skipped: row.skipped }];
  return row.memoryMiB === undefined ? [] : [judged(what, row.memoryMiB / 1024, 'GiB', target)];
}

/** A figure, and whether it reaches its target. */
export function judged(what: string, value: number, unit: Figure['unit'], target?: Target): Figure {
  if (!target) return { what, value, unit };
  const reached = 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
  return { what, value, unit, target, reached };
}
