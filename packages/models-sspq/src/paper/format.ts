import { textTable } from '../text-table.js';
import { agrees, type Comparison, type ComparisonRow, type Figure } from './comparison.js';
import { paperTables } from './tables.js';

/**
 * The comparisons as text: `published = computed` where they agree to the printed digits, `published ≠ computed` where not,
 * `(published)` where nothing is computed, `[computed]` where nothing is published.
 */
export function formatPaperTables(tables: readonly Comparison[] = paperTables()): string {
  return tables.map(formatTable).join('\n\n');
}

function formatTable({ id, title, rows, notes }: Comparison): string {
  const head = ['', ...rows[0]!.figures.map(({ quantity }) => quantity)];
  const lines = rows.flatMap((row) => [rowCells(row), ...(row.variants ?? []).map((each) => rowCells(each, '  '))]);
  const numbered = notes.map((note) => `- ${note}`);
  return [`${id.toUpperCase()}: ${title}`, textTable([head, ...lines]), ...numbered].join('\n');
}

function rowCells({ label, figures }: ComparisonRow, indent = ''): string[] {
  return [indent + label, ...figures.map(cell)];
}

function cell(figure: Figure): string {
  const { published, computed, decimals } = figure;
  const shown = (value: number) => value.toFixed(decimals);
  if (published === undefined) return computed === undefined ? '' : `[${shown(computed)}]`;
  if (computed === undefined) return `(${shown(published)})`;
  return agrees(figure) ? `${shown(published)} = ${shown(computed)}` : `${shown(published)} ≠ ${shown(computed)}`;
}
