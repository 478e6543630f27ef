import { published } from './paper.js';
import type { Result } from './result.js';

/** The table of all results, in Markdown. */
export function resultsTable(results: readonly Result[]): string {
  const head = [
    'experiment',
    'accuracy',
    'best',
    'epochs',
    'bytes',
    'density',
    'images/s',
    'by',
    'seed',
    'commit',
    'published',
  ];
  const rows = [head, head.map(() => '---'), ...results.map(row)];
  return `${rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function row(result: Result): string[] {
  const { experiment, epochs, stages, size, informationDensity, imagesPerSecond, seed, commit } = result;
  const accuracies = epochs.map(({ testAccuracy }) => testAccuracy);
  const planned = stages.reduce((sum, stage) => sum + stage.epochs, 0);
  const done = epochs.at(-1)?.epoch ?? 0;
  const paper = published[experiment];
  return [
    `\`${experiment}\``,
    percent(accuracies.at(-1)),
    percent(accuracies.length ? Math.max(...accuracies) : undefined),
    done < planned ? `${done} of ${planned}, still to go on` : stages.map((stage) => stage.epochs).join(' + '),
    size ? size.bytes.toLocaleString('en') : '–',
    informationDensity?.toFixed(3) ?? '–',
    Number.isFinite(imagesPerSecond) ? String(imagesPerSecond) : '–',
    by(result),
    String(seed),
    commit.slice(0, 7),
    paper ? `${percent(paper.accuracy)} (${paper.source})` : '–',
  ];
}

function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${(100 * share).toFixed(2)} %`;
}

function by({ backend, simd, workers, node }: Result): string {
  const flavour = simd ? `, ${simd} SIMD` : '';
  return `${backend}${flavour}, ${workers} ${workers === 1 ? 'worker' : 'workers'}, Node ${node.replace(/^v/, '')}`;
}

const START = '<!-- results -->';
const END = '<!-- /results -->';

/**
 * `page` with the table between its marks.
 *
 * @throws Error a page without the marks
 */
export function withTable(page: string, table: string): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start < 0 || end < start)
    throw new Error(`the page has no lines ${START} and ${END}, between which the table belongs`);
  return `${page.slice(0, start + START.length)}\n\n${table}\n${page.slice(end)}`;
}
