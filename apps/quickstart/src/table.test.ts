import { describe, expect, it } from 'vitest';
import type { Packed } from './pack.js';
import { packedVerdict, resultTable, verdict, type Summary } from './table.js';

function summary(testAccuracy: number, bits: number, informationDensity: number | null): Summary {
  const perKind = [
    { kind: 'conv', parameters: 100, bits: 3200 },
    { kind: 'pointwise', parameters: 1000, bits: 1000 * bits },
  ];
  const size = { parameters: 1100, bits: 3200 + 1000 * bits, bytes: (3200 + 1000 * bits) / 8, perKind };
  return { metrics: { testAccuracy }, size, informationDensity, wallSeconds: 75.4 };
}

const few = summary(0.9777, 1, 3.81234);
const float = summary(0.985, 32, null);

const packed = (bytes: number, sameTop1: number, milliseconds: Packed['check']['milliseconds']): Packed => ({
  bytes,
  check: { examples: 1797, sameTop1, differingScores: 3, milliseconds },
});
const packedFew = packed(1234, 1797, { packed: 0.05, tfjs: 2 });
const packedFloat = packed(12_345, 1796, { packed: 0.5, tfjs: 1.5 });

/** The cells of the row that begins with `name`. */
function row(table: string, name: string): string[] {
  const line = table.split('\n').find((each) => each.includes(`│ ${name}`))!;
  return line
    .split('│')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe('resultTable', () => {
  const table = resultTable(['W1A4', 'float'], [few, float], [packedFew, packedFloat]);

  it.each([
    [' ', ['', 'W1A4', 'float']],
    ['test accuracy', ['test accuracy', '97.77 %', '98.50 %']],
    ['bytes', ['bytes', '525', '4,400']],
    ['  conv', ['conv', '100 × 32 = 3,200', '100 × 32 = 3,200']],
    ['  pointwise', ['pointwise', '1,000 × 1 = 1,000', '1,000 × 32 = 32,000']],
    ['density, by thousand KiB', ['density, by thousand KiB', '3.812', '–']],
    ['wall time', ['wall time', '1:15', '1:15']],
    ['packed file', ['packed file, bytes', '1,234', '12,345']],
    ['  same class', ['same class as before', '1,797 of 1,797', '1,796 of 1,797']],
    ['  scores off', ['scores off by > 0.0001', '3', '3']],
    ['ms a digit, packed', ['ms a digit, packed', '0.050', '0.500']],
    ['ms a digit, TF.js', ['ms a digit, TF.js', '2.000', '1.500']],
  ])('has a row %s', (name, cells) => expect(row(table, name)).toEqual(cells));

  it('has lines of one width, no wider than a terminal', () => {
    const widths = new Set(table.split('\n').map((line) => line.length));
    expect([...widths]).toHaveLength(1);
    expect([...widths][0]).toBeLessThan(80);
  });
});

it('says who won by how much', () => {
  expect(verdict(few, float)).toBe(
    'The W1A4 net is 8.4 times smaller than its float twin and 0.73 points less accurate.',
  );
  expect(verdict(few, few)).toBe('The W1A4 net is 1.0 times smaller than its float twin and as accurate.');
  expect(verdict(float, few)).toMatch(/and 0\.73 points more accurate\.$/);
});

it('says what packing came to', () => {
  expect(packedVerdict(packedFew, packedFloat)).toBe(
    'Packed into 1,234 bytes it says the same of every test digit, 30.0 times as fast as TF.js its float twin.',
  );
  expect(packedVerdict(packedFloat, packedFew)).toMatch(/the same of 1,796 of 1,797 test digits, 4\.0 times/);
});
