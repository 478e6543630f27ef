import type { Row } from './report.js';

/** What a figure should be. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** A figure that a benchmark is run for, beside its target. */
export interface Figure {
  readonly what: string;
  readonly value?: number;
  readonly unit: '×' | 'GiB';
  /** The same from processor time: steadier where others use the machine, blind to what more threads bring. */
  readonly byProcessorTime?: number;
  readonly target?: Target;
  readonly reached?: boolean;
  /** Why there is none. */
  readonly skipped?: string;
}

/** Which rows a ratio is of: how many times as fast `side` is as `against`. */
export interface Ratio {
  readonly what: string;
  readonly shape: string;
  readonly side: string;
  readonly against: string;
  readonly target?: Target;
}

/** How many times as fast one side is as another, by medians; none where they were not run. */
export function ratioFigure(rows: readonly Row[], { what, shape, side, against, target }: Ratio): Figure[] {
  const [own, other] = [side, against].map((name) => rows.find((row) => row.side === name && row.shape === shape));
  if (!own || !other) return [];
  if ('skipped' in own) return [{ what, unit: '×', target, skipped: `${side}: ${own.skipped}` }];
  if ('skipped' in other) return [{ what, unit: '×', target, skipped: `${against}: ${other.skipped}` }];
  const speedup = (mine: number, theirs: number) => (own.unit === 'ms' ? theirs / mine : mine / theirs);
  const [mine, theirs] = [own.byProcessorTime, other.byProcessorTime];
  const byProcessorTime = mine && theirs ? { byProcessorTime: speedup(mine, theirs) } : {};
  return [{ ...judged(what, speedup(own.median, other.median), '×', target), ...byProcessorTime }];
}

/** The memory that a side's steps took at their peak; none where it was not run. */
export function memoryFigure(rows: readonly Row[], { what, shape, side, target }: Omit<Ratio, 'against'>): Figure[] {
  const row = rows.find((each) => each.side === side && each.shape === shape);
  if (!row) return [];
  if ('skipped' in row) return [{ what, unit: 'GiB', target, skipped: row.skipped }];
  return row.memoryMiB === undefined ? [] : [judged(what, row.memoryMiB / 1024, 'GiB', target)];
}

function judged(what: string, value: number, unit: Figure['unit'], target: Target | undefined): Figure {
  if (!target) return { what, value, unit };
  const reached = 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
  return { what, value, unit, target, reached };
}
