import { expect, it } from 'vitest';
import { markdownReport } from './markdown.js';
import type { Row } from './report.js';

const row = (side: string, shape: string, median: number): Row => ({
  ...{ side, shape, median, min: median - 1, max: median + 1, unit: 'GMAC/s' },
});

it('has a table of figures, and one for shapes that the same sides computed', () => {
  const markdown = markdownReport({
    ...{ name: 'infer', machine: 'a machine, Node 20.1.0', date: '2026-11-22', commit: 'abc', ratios: {} },
    ...{ versions: { node: '20.1.0', tfjs: '4.22.0' }, seed: 1, othersCores: 0.25 },
    figures: [
      { what: 'fast', value: 13, unit: '×', byProcessorTime: 12.5, target: { atLeast: 12 }, reached: true },
      { what: 'other', unit: '×', target: { atMost: 1 }, skipped: 'not installed' },
    ],
    rows: [
      ...[row('a', 'small', 40), row('b', 'small', 120), row('a', 'large', 41), row('b', 'large', 121)],
      { side: 'c', shape: 'file', median: 3.5, min: 3.5, max: 3.5, unit: 'MiB' },
    ],
  });
  expect(markdown.split('\n')).toEqual([
    '2026-11-22, a machine, Node 20.1.0, tfjs 4.22.0, seed 1, commit abc, other processes used 0.3 cores meanwhile.',
    '',
    '|       | measured               | by processor time | target | reached |',
    '| ----- | ---------------------- | ----------------- | ------ | ------- |',
    '| fast  | 13.0 ×                 | 12.5 ×            | ≥ 12 × | yes     |',
    '| other | skipped: not installed |                   | ≤ 1 ×  |         |',
    '',
    '|     | small                      | large                      |',
    '| --- | -------------------------- | -------------------------- |',
    '| a   | 40.0 GMAC/s (39.0 to 41.0) | 41.0 GMAC/s (40.0 to 42.0) |',
    '| b   | 120 GMAC/s (119 to 121)    | 121 GMAC/s (120 to 122)    |',
    '',
    '|     | file     |',
    '| --- | -------- |',
    '| c   | 3.50 MiB |',
  ]);
});
