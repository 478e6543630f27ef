import { describe, expect, it } from 'vitest';
import { circumstances, ratios, report, spread, type Row } from './report.js';

const rows: Row[] = [
  { side: 'wasm', shape: 'batch 2', median: 40, min: 39, max: 42, unit: 'images/s' },
  { side: 'cpu', shape: 'batch 2', median: 4, min: 3, max: 5, unit: 'images/s' },
  { side: 'node', shape: 'batch 2', skipped: 'not installed' },
  { side: 'cpu', shape: 'batch 4', median: 5, min: 5, max: 5, unit: 'images/s' },
];

describe('a report', () => {
  it('has the ratio of sides that were measured on one shape', () => {
    expect(ratios(rows)).toEqual({ 'wasm / cpu': 10 });
    const here = { machine: 'a machine', date: '2026-11-22', commit: 'abc' };
    const expected = { name: 'train', ...here, rows, seed: 3, ratios: { 'wasm / cpu': 10 } };
    expect(report('train', here, { rows, seed: 3 })).toEqual(expected);
  });

  it('tells the shapes of a pair apart that was measured on several', () => {
    const more: Row[] = [{ side: 'wasm', shape: 'batch 4', median: 10, min: 9, max: 11, unit: 'images/s' }, ...rows];
    expect(ratios(more)).toEqual({ 'wasm / cpu, batch 2': 10, 'wasm / cpu, batch 4': 2 });
  });
});

it('spread takes the median of odd and even counts', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(() => spread([])).toThrow('no repetitions');
});

it('circumstances name the machine, the day and the commit', () => {
  const { machine, date, commit } = circumstances();
  expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(machine).toContain(`Node ${process.versions.node}`);
  expect(commit).toMatch(/^([0-9a-f]{7,}( with changes)?|unknown)$/);
});
