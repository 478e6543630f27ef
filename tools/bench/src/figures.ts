import type { MeasuredRow, Row } from './report.js';

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

/** How many times as fast one side is as another, by medians. */
export function ratioFigure(rows: readonly Row[], { what, shape, side, against, target }: Ratio): Figure {
  const [own, other] = [side, against].map((name) => rows.find((row) => row.side === name && row.shape === shape));
  const skipped = [own, other].flatMap((row) => (row && 'skipped' in row ? `${row.side}: ${row.skipped}` : []));
  if (!own || !other || 'skipped' in own || 'skipped' in other) {
    return { what, unit: '×', target, skipped: skipped.join('; ') || 'it was not run' };
  }
  const [fast, slow] = [own.byProcessorTime, other.byProcessorTime];
  const byProcessorTime = fast !== undefined && slow !== undefined ? { byProcessorTime: fast / slow } : {};
  return { ...judged(what, speedup(own, other), '×', target), ...byProcessorTime };
}

/** How many times as fast `own` is as `other`, whether they are measured in rates or in times. */
export function speedup(own: MeasuredRow, other: MeasuredRow): number {
  return own.unit === 'ms' ? other.median / own.median : own.median / other.median;
}

/** The memory that a side's steps took at their peak. */
export function memoryFigure(rows: readonly Row[], { what, shape, side, target }: Omit<Ratio, 'against'>): Figure {
  const row = rows.find((each) => each.side === side && each.shape === shape);
  if (!row || 'skipped' in row || row.memoryMiB === undefined) {
    return { what, unit: 'GiB', target, skipped: row && 'skipped' in row ? row.skipped : 'it was not run' };
  }
  return judged(what, row.memoryMiB / 1024, 'GiB', target);
}

function judged(what: string, value: number, unit: Figure['unit'], target: Target | undefined): Figure {
  if (!target) return { what, value, unit };
  const reached = 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
  return { what, value, unit, target, reached };
}
