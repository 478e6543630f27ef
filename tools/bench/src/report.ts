import { execFileSync } from 'node:child_process';
import os from 'node:os';

/** One side of a benchmark: its figures, or why there are none. */
export type Row = { readonly side: string; readonly shape: string } & (
  | {
      readonly median: number;
      readonly min: number;
      readonly max: number;
      readonly unit: string;
      /** The share of the time that each part took, largest first. */
      readonly shares?: Readonly<Record<string, number>>;
    }
  | { readonly skipped: string }
);

/** What a benchmark prints with --json. */
export interface Report {
  readonly name: string;
  readonly machine: string;
  readonly commit: string;
  readonly rows: readonly Row[];
  readonly ratios: Readonly<Record<string, number>>;
}

/** Puts rows into a report, with the ratio of every pair of sides that have figures for one shape. */
export function report(name: string, rows: readonly Row[]): Report {
  return { name, machine: machine(), commit: commit(), rows, ratios: ratios(rows) };
}

/** Median, minimum and maximum of some repetitions. */
export function spread(values: readonly number[]): { median: number; min: number; max: number } {
  if (values.length === 0) throw new RangeError('no repetitions to take a median of');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

export function ratios(rows: readonly Row[]): Record<string, number> {
  const measured = rows.filter((row) => 'median' in row);
  const pairs = measured.flatMap((a, i) => measured.slice(i + 1).map((b) => [a, b] as const));
  const sameShape = pairs.filter(([a, b]) => a.shape === b.shape);
  return Object.fromEntries(sameShape.map(([a, b]) => [`${a.side} / ${b.side}`, a.median / b.median]));
}

/** The report for people. */
export function formatReport({ name, machine, commit, rows, ratios }: Report): string {
  const lines = rows.map((row) => {
    const side = `${row.side.padEnd(24)} ${row.shape.padEnd(36)}`;
    if ('skipped' in row) return `  ${side} skipped: ${row.skipped}`;
    const [median, min, max] = [row.median, row.min, row.max].map((value) => value.toPrecision(3));
    return [`  ${side} ${median} ${row.unit} (${min} to ${max})`, ...sharesText(row.shares ?? {})].join('\n');
  });
  const pairs = Object.entries(ratios).map(([pair, ratio]) => `  ${pair}: ${ratio.toPrecision(3)}`);
  return [`${name}, ${machine}, commit ${commit}`, ...lines, ...(pairs.length > 0 ? ['ratios', ...pairs] : [])].join(
    '\n',
  );
}

/** Those of a hundredth and more. */
function sharesText(shares: Readonly<Record<string, number>>): string[] {
  const large = Object.entries(shares).filter(([, share]) => share >= 0.01);
  return large.map(([part, share]) => `    ${`${(100 * share).toFixed(1)} %`.padStart(7)} ${part}`);
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
