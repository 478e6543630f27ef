import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integerLevels, TOLERANCE } from './code-book.js';

const book = (...rows: number[][]) => integerLevels(Float32Array.from(rows.flat()), rows[0]!.length);

describe('integerLevels', () => {
  it('finds the smallest integers', () => {
    expect(book([-1, -1 / 3, 1 / 3, 1])).toEqual({ integers: [-3, -1, 1, 3], scales: Float64Array.of(1 / 3) });
    expect(book([-0.5, 0, 0.5])).toEqual({ integers: [-1, 0, 1], scales: Float64Array.of(0.5) });
    expect(book([0, 2, 4])!.integers).toEqual([0, 1, 2]);
  });

  it('finds a scale for each row, 0 of one that is nothing but 0', () => {
    expect(book([0, 0], [-2, 2], [-0.5, 0.5])).toEqual({ integers: [-1, 1], scales: Float64Array.of(0, 2, 0.5) });
    expect(book([0, 0, 0])).toEqual({ integers: [0, 0, 0], scales: Float64Array.of(0) });
  });

  it('finds none for levels of LQ-Nets and TTQ, rows that are not alike, and integers beyond 255', () => {
    expect(book([-Math.SQRT2, -Math.LOG10E, Math.LOG10E, Math.SQRT2])).toBeUndefined();
    expect(book([-0.9, 0, Math.SQRT2])).toBeUndefined();
    expect(book([-1, 0, 1], [-1, 0, 2])).toBeUndefined();
    expect(book([0, 1 / 257, 1])).toBeUndefined();
  });

  it('finds those of 8 bits and a sign', () => {
    const odd = Array.from({ length: 256 }, (_, n) => 2 * n - 255);
    expect(book(odd.map((integer) => integer / 255))!.integers).toEqual(odd);
    expect(book([-1 / 200, 0, 1])!.integers).toEqual([-1, 0, 200]);
  });

  it('reproduces every code book of multiples, up to its rounding', () => {
    const row = fc.array(fc.integer({ min: -255, max: 255 }), { minLength: 1, maxLength: 40 });
    const scale = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(row, scale, (integers, s) => {
        const levels = Float32Array.from(integers, (integer) => Math.fround(s) * integer);
        const found = integerLevels(levels, levels.length)!;
        const largest = Math.max(...levels.map(Math.abs));
        levels.forEach((level, i) =>
          expect(Math.abs(found.integers[i]! * found.scales[0]! - level)).toBeLessThanOrEqual(TOLERANCE * largest),
        );
      }),
    );
  });
});
