import { describe, expect, it } from 'vitest';
import { memoryFigure, ratioFigure, valueFigure } from './figures.js';
import type { Row } from './report.js';

const shape = 'batch 2';
const row = (side: string, median: number, rest: object = {}): Row => ({
  ...{ side, shape, median, min: median, max: median, unit: 'images/s', ...rest },
});

describe('ratioFigure', () => {
  it('is how many times as fast a side is, in rates and in times', () => {
    const rates = [row('a', 30, { byProcessorTime: 40 }), row('b', 20, { byProcessorTime: 20 })];
    const times = rates.map((each) => ({ ...each, unit: 'ms' }));
    const of = { what: 'a to b', shape, side: 'a', against: 'b' };
    expect(ratioFigure(rates, of)).toEqual([{ what: 'a to b', value: 1.5, unit: '×', byProcessorTime: 2 }]);
    expect(ratioFigure(times, of)).toMatchObject([{ value: 2 / 3, byProcessorTime: 0.5 }]);
  });

  it.each([
    [{ atLeast: 1.5 }, true],
    [{ atLeast: 1.6 }, false],
    [{ atMost: 1.5 }, true],
    [{ atMost: 1.4 }, false],
  ])('is judged by its target %j: %j', (target, reached) => {
    const of = { what: 'a to b', shape, side: 'a', against: 'b', target };
    expect(ratioFigure([row('a', 30), row('b', 20)], of)).toMatchObject([{ target, reached }]);
  });

  it('is skipped with what its sides say', () => {
    const rows: Row[] = [row('a', 30), { side: 'b', shape, skipped: 'not installed' }];
    const of = { what: 'a to b', shape, side: 'a', against: 'b', target: { atLeast: 1 } };
    const skipped = { what: 'a to b', unit: '×', target: { atLeast: 1 }, skipped: 'b: not installed' };
    expect(ratioFigure(rows, of)).toEqual([skipped]);
  });

  it('is none where a side was not run on the shape', () => {
    const rows = [row('a', 30), { ...row('b', 20), shape: 'batch 4' }];
    expect(ratioFigure(rows, { what: 'a to b', shape, side: 'a', against: 'b' })).toEqual([]);
  });
});

describe('ratioFigure of several', () => {
  const rows: Row[] = [
    ...[row('a', 40), row('b', 10), row('c', 20)],
    ...[row('a', 90), row('b', 10), { side: 'c', shape, skipped: 'broken' } as const].map((each) => ({
      ...each,
      shape: 'batch 4',
    })),
  ];

  it('shapes is their geometric mean, against the fastest that was measured', () => {
    const of = { what: 'a', shape: [shape, 'batch 4'], side: 'a', against: ['b', 'c'] };
    expect(ratioFigure(rows, of)[0]!.value).toBeCloseTo(Math.sqrt(2 * 9), 12);
    const times = rows.map((each) => ({ ...each, unit: 'ms' }));
    expect(ratioFigure(times, of)[0]!.value).toBeCloseTo(1 / Math.sqrt(4 * 9), 12);
  });

  it('is the time instead where that is asked for', () => {
    const of = { what: 'a', shape, side: 'a', against: 'b', of: 'time', target: { atMost: 0.25 } } as const;
    expect(ratioFigure(rows, of)).toMatchObject([{ value: 0.25, reached: true }]);
  });

  it('is skipped where all others are', () => {
    const of = { what: 'a', shape: ['batch 4'], side: 'a', against: ['c'] };
    expect(ratioFigure(rows, of)).toMatchObject([{ skipped: 'c: broken' }]);
  });
});

it('valueFigure is the median', () => {
  const rows: Row[] = [row('a', 120), { side: 'b', shape, skipped: 'not installed' }];
  const figure = (side: string) => valueFigure(rows, { what: 'first run', shape, side, target: { atMost: 150 } }, 'ms');
  expect(figure('a')).toEqual([{ what: 'first run', value: 120, unit: 'ms', target: { atMost: 150 }, reached: true }]);
  expect(figure('b')).toMatchObject([{ skipped: 'not installed' }]);
  expect(figure('c')).toEqual([]);
});

it('memoryFigure is in GiB', () => {
  const rows: Row[] = [row('a', 30, { memoryMiB: 1792 }), row('b', 20), { side: 'c', shape, skipped: 'out of memory' }];
  const target = { atMost: 1.5 };
  const figure = (side: string) => memoryFigure(rows, { what: 'heap', shape, side, target });
  expect(figure('a')).toEqual([{ what: 'heap', value: 1.75, unit: 'GiB', target, reached: false }]);
  expect(figure('b')).toEqual([]);
  expect(figure('c')).toEqual([{ what: 'heap', unit: 'GiB', target, skipped: 'out of memory' }]);
});
