import type { Figure, Target } from './figures.js';
import type { Report, Row } from './report.js';

/** The report for people. */
export function formatReport({ name, machine, date, commit, rows, ratios, figures, ...rest }: Report): string {
  const pairs = Object.entries(ratios).map(([pair, ratio]) => `  ${pair}: ${ratio.toPrecision(3)}`);
  const last = figures ? ['figures', ...figureLines(figures)] : pairs.length > 0 ? ['ratios', ...pairs] : [];
  return [`${name}, ${machine}, ${date}, commit ${commit}`, ...circumstances(rest), ...rowLines(rows), ...last].join(
    '\n',
  );
}

function circumstances({
  versions = {},
  seed,
  othersCores,
}: Pick<Report, 'versions' | 'seed' | 'othersCores'>): string[] {
  const parts = [
    ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
    ...(othersCores === undefined ? [] : [`other processes used ${othersCores.toFixed(1)} cores meanwhile`]),
  ];
  return parts.length > 0 ? [`  ${parts.join(', ')}`] : [];
}

function rowLines(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(({ side }) => side.length));
  return rows.flatMap((row, i) => {
    const heading = row.shape === rows[i - 1]?.shape ? [] : [row.shape];
    const side = `  ${row.side.padEnd(width)}`;
    if ('skipped' in row) return [...heading, `${side}  skipped: ${row.skipped}`];
    const [median, min, max] = [row.median, row.min, row.max].map(digits);
    const range = min === max ? '' : ` (${min} to ${max})`;
    const memory = row.memoryMiB === undefined ? '' : `, ${(row.memoryMiB / 1024).toFixed(2)} GiB`;
    const about = row.about ? `; ${row.about}` : '';
    const line = `${side}  ${median} ${row.unit}${range}${memory}${about}`;
    const moved =
      row.bytes === undefined
        ? []
        : [`    ${(row.bytes / 1e9).toFixed(2)} GB read and written by the kernels of a step`];
    return [...heading, line, ...sharesLines(row.shares ?? {}), ...moved];
  });
}

/** Three digits, or all of a whole number. */
export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Those of a hundredth and more. */
function sharesLines(shares: Readonly<Record<string, number>>): string[] {
  const large = Object.entries(shares).filter(([, share]) => share >= 0.01);
  return large.map(([part, share]) => `    ${`${(100 * share).toFixed(1)} %`.padStart(7)} ${part}`);
}

function figureLines(figures: readonly Figure[]): string[] {
  const width = Math.max(...figures.map(({ what }) => what.length));
  return figures.map(({ what, value, unit, byProcessorTime, target, reached, skipped }) => {
    const start = `  ${what.padEnd(width)}`;
    const wanted = target ? `  target ${targetText(target, unit)}` : '';
    if (value === undefined) return `${start}  skipped: ${skipped}${wanted}`;
    const other = byProcessorTime === undefined ? '' : ` (by processor time ${digits(byProcessorTime)})`;
    const verdict = reached === undefined ? '' : reached ? ': reached' : ': not reached';
    return `${start}  ${digits(value)} ${unit}${other}${wanted}${verdict}`;
  });
}

/** '≥ 2 ×'. */
export function targetText(target: Target, unit: string): string {
  return 'atLeast' in target ? `≥ ${target.atLeast} ${unit}` : `≤ ${target.atMost} ${unit}`;
}
