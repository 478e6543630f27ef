import { execFileSync } from 'node:child_process';
import os from 'node:os';
import type { Figure } from './figures.js';

/** The figures of one side. */
interface MeasuredRow {
  readonly side: string;
  readonly shape: string;
  /** What the side is made of. */
  readonly about?: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  /** The median as processor time gives it. */
  readonly byProcessorTime?: number;
  /** Of the steps at their peak: see Side. */
  readonly memoryMiB?: number;
  /** The share of the time that each part took, largest first. */
  readonly shares?: Readonly<Record<string, number>>;
  /** Bytes that the kernels of a step read and write. */
  readonly bytes?: number;
}

/** One side of a benchmark: its figures, or why there are none. */
export type Row = MeasuredRow | { readonly side: string; readonly shape: string; readonly skipped: string };

/** What a benchmark found. */
export interface Found {
  readonly rows: readonly Row[];
  /** What the benchmark is run for. */
  readonly figures?: readonly Figure[];
  readonly versions?: Readonly<Record<string, string>>;
  readonly seed?: number;
  /** Cores that other processes kept busy meanwhile, on average. */
  readonly othersCores?: number;
}

/** Where a benchmark was run, and what of. */
export interface Circumstances {
  readonly machine: string;
  /** The day, as in 2026-11-22. */
  readonly date: string;
  readonly commit: string;
}

/** What a benchmark prints with --json. */
export interface Report extends Found, Circumstances {
  readonly name: string;
  readonly ratios: Readonly<Record<string, number>>;
}

/** To be asked before a benchmark begins: the sources may change while it runs. */
export function circumstances(): Circumstances {
  return { machine: machine(), date: new Date().toISOString().slice(0, 10), commit: commit() };
}

/** Puts what was found into a report, with the ratio of every pair of sides that have figures for one shape. */
export function report(name: string, circumstances: Circumstances, found: Found): Report {
  return { name, ...circumstances, ...found, ratios: ratios(found.rows) };
}

/** Median, minimum and maximum of some repetitions. */
export function spread(values: readonly number[]): { median: number; min: number; max: number } {
  if (values.length === 0) throw new RangeError('no repetitions to take a median of');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** Ratios of medians by 'a / b'; where a pair has figures for several shapes, 'a / b, SHAPE'. */
export function ratios(rows: readonly Row[]): Record<string, number> {
  const measured = rows.filter((row) => 'median' in row);
  const pairs = measured.flatMap((a, i) => measured.slice(i + 1).map((b) => [a, b] as const));
  const sameShape = pairs.filter(([a, b]) => a.shape === b.shape);
  const nameOf = ([a, b]: (typeof sameShape)[number]) => `${a.side} / ${b.side}`;
  const often = (pair: (typeof sameShape)[number]) =>
    sameShape.filter((each) => nameOf(each) === nameOf(pair)).length > 1;
  return Object.fromEntries(
    sameShape.map((pair) => [
      nameOf(pair) + (often(pair) ? `, ${pair[0].shape}` : ''),
      pair[0].median / pair[1].median,
    ]),
  );
}

function machine(): string {
  const [cpu] = os.cpus();
  return `${cpu?.model.trim() ?? 'unknown processor'}, ${os.availableParallelism()} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? ' with changes' : '');
  } catch {
    return 'unknown';
  }
}
