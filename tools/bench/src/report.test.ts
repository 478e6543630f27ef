import { describe, expect, it } from 'vitest';
import { formatReport, ratios, report, spread, type Row } from './report.js';

const rows: Row[] = [
  {
    side: 'wasm',
    shape: 'batch 2',
    median: 40,
    min: 39,
    max: 42,
    unit: 'images/s',
    shares: { Conv2D: 0.995, Add: 0.005 },
  },
  { side: 'cpu', shape: 'batch 2', median: 4, min: 3, max: 5, unit: 'images/s' },
  { side: 'node', shape: 'batch 2', skipped: 'not installed' },
  { side: 'cpu', shape: 'batch 4', median: 5, min: 5, max: 5, unit: 'images/s' },
];

describe('a report', () => {
  it('has the ratio of sides that were measured on one shape', () => {
    expect(ratios(rows)).toEqual({ 'wasm / cpu': 10 });
    expect(report('train', rows)).toMatchObject({ name: 'train', rows, ratios: { 'wasm / cpu': 10 } });
  });

  it('reads well', () => {
    const text = formatReport({ ...report('train', rows), machine: 'a machine', commit: 'abc' });
    expect(text).toContain('train, a machine, commit abc');
    expect(text).toMatch(/wasm +batch 2 +40\.0 images\/s \(39\.0 to 42\.0\)/);
    expect(text).toMatch(/^ +99\.5 % Conv2D$/m);
    expect(text).not.toContain('Add');
    expect(text).toMatch(/node +batch 2 +skipped: not installed/);
  });
});

it('spread takes the median of odd and even counts', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(() => spread([])).toThrow('no repetitions');
});
