import { digits, targetText } from './format.js';
import type { Figure } from './figures.js';
import type { Report, Row } from './report.js';

/** The report as Markdown, ready for docs/speed.md: where and when, the figures beside their targets, and what they are made of. */
export function markdownReport({ machine, date, commit, versions, seed, othersCores, figures = [], rows }: Report) {
  const { node: _, ...others } = versions ?? {}; // which the machine names
  const parts = [
    ...[date, machine, ...Object.entries(others).map(([name, version]) => `${name} ${version}`)],
    ...(seed === undefined ? [] : [`seed ${seed}`]),
    `commit ${commit}`,
    ...(othersCores === undefined ? [] : [`other processes used ${othersCores.toFixed(1)} cores meanwhile`]),
  ];
  const sections = [`${parts.join(', ')}.`, figureTable(figures), ...rowTables(rows)];
  return sections.filter((section) => section !== '').join('\n\n');
}

function figureTable(figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const lines = figures.map(({ what, value, unit, byProcessorTime, target, reached, skipped }) => [
    what,
    value === undefined ? `skipped: ${skipped}` : `${digits(value)} ${unit}`,
    byProcessorTime === undefined ? '' : `${digits(byProcessorTime)} ${unit}`,
    target ? targetText(target, unit) : '',
    reached === undefined ? '' : reached ? 'yes' : 'no',
  ]);
  return table(['', 'measured', 'by processor time', 'target', 'reached'], lines);
}

/** A table for shapes that the same sides computed: a line for each side, a column for each shape. */
function rowTables(rows: readonly Row[]): string[] {
  const byShape = [...grouped(rows, ({ shape }) => shape)];
  const alike = grouped(byShape, ([, own]) => JSON.stringify(own.map((row) => [row.side, unitOf(row)])));
  return [...alike.values()].map((shapes) => {
    const sides = shapes[0]![1].map(({ side }) => side);
    const lines = sides.map((side, i) => [side, ...shapes.map(([, own]) => cell(own[i]!))]);
    return table(['', ...shapes.map(([shape]) => shape)], lines);
  });
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function unitOf(row: Row): string {
  return 'skipped' in row ? '' : row.unit;
}

function cell(row: Row): string {
  if ('skipped' in row) return `skipped: ${row.skipped}`;
  const [median, min, max] = [row.median, row.min, row.max].map(digits);
  return min === max ? `${median} ${row.unit}` : `${median} ${row.unit} (${min} to ${max})`;
}

/** As prettier lays tables out. */
function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(3, name.length, ...lines.map((line) => line[i]!.length)));
  const row = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [row(head), row(widths.map((width) => '-'.repeat(width))), ...lines.map(row)].join('\n');
}
