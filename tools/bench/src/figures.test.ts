import { describe, expect, it } from 'vitest';
import { memoryFigure, ratioFigure } from './figures.js';
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

it('memoryFigure is in GiB', () => {
  const rows: Row[] = [row('a', 30, { memoryMiB: 1792 }), row('b', 20), { side: 'c', shape, skipped: 'out of memory' }];
  const target = { atMost: 1.5 };
  const figure = (side: string) => memoryFigure(rows, { what: 'heap', shape, side, target });
  expect(figure('a')).toEqual([{ what: 'heap', value: 1.75, unit: 'GiB', target, reached: false }]);
  expect(figure('b')).toEqual([]);
  expect(figure('c')).toEqual([{ what: 'heap', unit: 'GiB', target, skipped: 'out of memory' }]);
});
