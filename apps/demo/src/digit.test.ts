import { describe, expect, it } from 'vitest';
import { digitOf } from './digit.js';
import { inkOfImage, inkOfStrokes, type Point } from './ink.js';

const rows = (digit: Float32Array) => Array.from({ length: 8 }, (_, i) => [...digit.subarray(8 * i, 8 * (i + 1))]);
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

/** A nine-like hook: a line down with a bow at its head. */
const hook: Point[] = inkOfStrokes(
  [
    [
      { x: 0.6, y: 0.2 },
      { x: 0.3, y: 0.2 },
      { x: 0.3, y: 0.45 },
      { x: 0.6, y: 0.45 },
      { x: 0.6, y: 0.9 },
    ],
  ],
  1 / 60,
);

describe('digitOf', () => {
  it('is empty where nothing is drawn', () => {
    expect([...digitOf([])]).toEqual(Array(64).fill(0));
  });

  it('counts ink in blocks of 4×4, as much of it as the data set has', () => {
    const digit = digitOf(hook);
    expect(digit.every((value) => Number.isInteger(value) && value >= 0 && value <= 16)).toBe(true);
    expect(sum(digit) / 1024).toBeCloseTo(0.3, 2);
    // as high as the bitmap, in its middle columns
    expect(sum(rows(digit)[0]!)).toBeGreaterThan(0);
    expect(sum(rows(digit)[7]!)).toBeGreaterThan(0);
    expect(rows(digit).map((row) => row[0]! + row[7]!)).toEqual(Array(8).fill(0));
  });

  it('is the same for a digit that is smaller, elsewhere, or leans', () => {
    const digit = digitOf(hook);
    expect(digitOf(hook.map(({ x, y }) => ({ x: 20 + 7 * x, y: 7 * y - 3 })))).toEqual(digit);
    const leaning = digitOf(hook.map(({ x, y }) => ({ x: x - 0.3 * y, y })));
    const apart = leaning.map((value, i) => Math.abs(value - digit[i]!));
    expect(Math.max(...apart)).toBeLessThanOrEqual(1);
  });

  it('makes of a line down a bar, and of a dot a dot', () => {
    const line = rows(digitOf(inkOfStrokes([[0.1, 0.9].map((y) => ({ x: 0.5, y }))], 1 / 60)));
    for (const row of line.slice(1, 7)) {
      expect(row.slice(3, 5)).toEqual([16, 16]);
      expect(row[0]! + row[1]! + row[6]! + row[7]!).toBe(0);
    }
    const dot = rows(digitOf([{ x: 0.1, y: 0.9 }]));
    expect(dot[3]!.slice(3, 5)).toEqual([16, 16]);
    expect(dot[0]).toEqual(Array(8).fill(0));
  });
});

describe('inkOfImage', () => {
  const image = (gray: (x: number, y: number) => number, opacity = 255) => {
    const data = new Uint8ClampedArray(4 * 12 * 10).map((_, i) => {
      const pixel = Math.floor(i / 4);
      return i % 4 === 3 ? opacity : gray(pixel % 12, Math.floor(pixel / 12));
    });
    return { width: 12, height: 10, data };
  };
  const isStroke = (x: number, y: number) => x >= 5 && x <= 6 && y >= 2 && y <= 7;
  const stroke = [2, 3, 4, 5, 6, 7].flatMap((y) => [5, 6].map((x) => ({ x, y })));

  it('finds dark ink on light paper, and chalk on a board', () => {
    expect(inkOfImage(image((x, y) => (isStroke(x, y) ? 20 : 230 + x)))).toEqual(stroke);
    expect(inkOfImage(image((x, y) => (isStroke(x, y) ? 220 : 30 + y)))).toEqual(stroke);
  });

  it('finds none in an image of one colour, or of none', () => {
    expect(inkOfImage(image((x) => 100 + x))).toEqual([]);
    expect(inkOfImage(image((x, y) => (isStroke(x, y) ? 0 : 255), 0))).toEqual([]);
  });
});
