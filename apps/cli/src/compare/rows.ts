import { count, duration, percent } from '@lowbit/display';
import { informationDensity, kilokibibytes } from '@lowbit/quant-core';
import type { Summary } from '@lowbit/training';
import { table } from '../table.js';

/** What one variant came to, over all seeds. */
export interface Row {
  readonly name: string;
  /** Top-1 on the test split after the last epoch: of each seed, their mean, and the sample standard deviation of two or more. */
  readonly accuracies: readonly number[];
  readonly accuracy: number;
  readonly deviation?: number;
  /** Stored size of the weights. */
  readonly bytes: number;
  /** L-SSPQ eq. 2 at the mean accuracy, the size in thousands of KiB. */
  readonly informationDensity: number | null;
  /** Of all seeds together. */
  readonly wallSeconds: number;
  readonly secondsPerStep: number;
}

/** A variant that could not be made. */
export interface Skipped {
  readonly name: string;
  readonly skipped: string;
}

/** @param summaries one for each seed, at least one */
export function rowOf(name: string, summaries: readonly Summary[]): Row {
  const accuracies = summaries.map(({ metrics }) => metrics['testAccuracy'] ?? NaN);
  const accuracy = mean(accuracies);
  const { bits, bytes } = summaries[0]!.size;
  const density = informationDensity(accuracy, kilokibibytes(bits));
  const wallSeconds = sum(summaries.map((each) => each.wallSeconds));
  const steps = sum(summaries.map((each) => each.steps));
  const squares = accuracies.map((each) => (each - accuracy) ** 2);
  return {
    name,
    accuracies,
    accuracy,
    ...(accuracies.length > 1 && { deviation: Math.sqrt(sum(squares) / (accuracies.length - 1)) }),
    bytes,
    informationDensity: Number.isFinite(density) ? density : null,
    wallSeconds,
    secondsPerStep: wallSeconds / steps,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** For people: best accuracy first. */
export function rowsText(rows: readonly (Row | Skipped)[]): string {
  const done = rows.filter((row): row is Row => 'accuracy' in row);
  const skipped = rows.filter((row): row is Skipped => 'skipped' in row);
  const sorted = [...done].sort((a, b) => b.accuracy - a.accuracy);
  const head = ['quantizers', 'accuracy', '±', 'bytes', 'density', 'ms a step', 'time'];
  const lines = sorted.map((row) => [
    row.name,
    percent(row.accuracy),
    row.deviation === undefined ? '–' : (100 * row.deviation).toFixed(2),
    count(row.bytes),
    row.informationDensity?.toFixed(3) ?? '–',
    (1000 * row.secondsPerStep).toFixed(1),
    duration(row.wallSeconds),
  ]);
  return [table(head, lines, [1, 2, 3, 4, 5, 6]), ...skipped.map((each) => `${each.name}: ${each.skipped}`)].join('\n');
}

/** The same as a Markdown table. */
export function rowsMarkdown(rows: readonly (Row | Skipped)[]): string {
  const done = rows.filter((row): row is Row => 'accuracy' in row).sort((a, b) => b.accuracy - a.accuracy);
  const head = ['quantizers', 'accuracy', 'bytes', 'information density', 'ms a step'];
  const lines = done.map((row) => [
    row.name,
    percent(row.accuracy) + (row.deviation === undefined ? '' : ` ± ${(100 * row.deviation).toFixed(2)}`),
    count(row.bytes),
    row.informationDensity?.toFixed(3) ?? '–',
    (1000 * row.secondsPerStep).toFixed(1),
  ]);
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return `${[head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}
