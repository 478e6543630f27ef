import { expect, it } from 'vitest';
import { formatReport } from './format.js';
import type { Report } from './report.js';

const report: Report = {
  name: 'peers',
  machine: 'a machine',
  date: '2026-11-22',
  commit: 'abc',
  versions: { torch: '2.15.0' },
  seed: 1,
  othersCores: 0.25,
  rows: [
    {
      ...{ side: 'wasm', shape: 'batch 2', median: 40, min: 39, max: 42, unit: 'images/s', memoryMiB: 1536 },
      about: 'plain SIMD',
      shares: { Conv2D: 0.995, Add: 0.005 },
    },
    { side: 'native', shape: 'batch 2', skipped: 'not installed' },
  ],
  ratios: { 'wasm / native': 2 },
};

it('says who, where and with what, and leaves out small shares', () => {
  expect(formatReport(report).split('\n')).toEqual([
    'peers, a machine, 2026-11-22, commit abc',
    '  torch 2.15.0, seed 1, other processes used 0.3 cores meanwhile',
    'batch 2',
    '  wasm    40.0 images/s (39.0 to 42.0), 1.50 GiB; plain SIMD',
    '     99.5 % Conv2D',
    '  native  skipped: not installed',
    'ratios',
    '  wasm / native: 2.00',
  ]);
});

it('puts figures beside their targets', () => {
  const figures = [
    { what: 'fast', value: 13, unit: '×', byProcessorTime: 12.5, target: { atLeast: 12 }, reached: true },
    { what: 'memory', value: 1.75, unit: 'GiB', target: { atMost: 1.5 }, reached: false },
    { what: 'other', unit: '×', target: { atLeast: 1 }, skipped: 'native: not installed' },
    { what: 'free', value: 2, unit: '×' },
  ] as const;
  expect(
    formatReport({ ...report, figures })
      .split('\n')
      .slice(-5),
  ).toEqual([
    'figures',
    '  fast    13.0 × (by processor time 12.5)  target ≥ 12 ×: reached',
    '  memory  1.75 GiB  target ≤ 1.5 GiB: not reached',
    '  other   skipped: native: not installed  target ≥ 1 ×',
    '  free    2.00 ×',
  ]);
});
