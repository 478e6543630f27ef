import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floatOf, keyOf, LARGEST } from './float-keys.js';
import { codeOf, NotSteps, stepsOf } from './thresholds.js';

const float = fc.float({ noNaN: true, noDefaultInfinity: true });
/** A quantizer of given steps. */
const steps = (thresholds: number[], levels: number[]) => (x: Float32Array) => ({
  codes: Array.from(x, (value) => codeOf(value, Float32Array.from(thresholds))),
  levels: Float32Array.from(levels),
});

describe('keys of float32', () => {
  it('are in the order of the numbers, and lead back to them', () => {
    fc.assert(
      fc.property(float, float, (a, b) => {
        expect(Math.sign(keyOf(a) - keyOf(b))).toBe(Math.sign(a - b));
        expect(floatOf(keyOf(a))).toBe(a + 0);
      }),
    );
    expect([keyOf(-0), floatOf(1), floatOf(-1)]).toEqual([0, 2 ** -149, -(2 ** -149)]);
    expect(floatOf(keyOf(LARGEST))).toBe(LARGEST);
  });
});

describe('stepsOf', () => {
  it('finds the steps of any quantizer that has them', () => {
    const ascending = fc.uniqueArray(float, { minLength: 1, maxLength: 20, comparator: (a, b) => a + 0 === b + 0 });
    fc.assert(
      fc.property(ascending, (list) => {
        const thresholds = list
          .map((each) => each + 0)
          .filter((each) => each > -LARGEST)
          .sort((a, b) => a - b);
        const levels = [-1, ...thresholds.map((_, i) => i / 3)];
        const found = stepsOf(steps(thresholds, levels));
        expect([...found.thresholds]).toEqual(thresholds);
        expect([...found.levels]).toEqual(levels.map(Math.fround));
      }),
    );
  });

  it('leaves out levels that nothing goes to', () => {
    const some = stepsOf((x) => ({
      codes: Array.from(x, (v) => (v >= 1 ? 3 : 1)),
      levels: Float32Array.of(-1, 0, 0.5, 1, 2),
    }));
    expect(some).toEqual({ thresholds: Float32Array.of(1), levels: Float32Array.of(0, 1) });
  });

  it('counts codes of one level as one, in whatever order they are', () => {
    const some = stepsOf((x) => ({
      codes: Array.from(x, (v) => (v >= 2 ? 0 : v >= 1 ? 2 : 1)),
      levels: Float32Array.of(9, 5, 5),
    }));
    expect(some).toEqual({ thresholds: Float32Array.of(2), levels: Float32Array.of(5, 9) });
  });

  it('refuses what descends, and levels that move', () => {
    expect(() =>
      stepsOf((x) => ({ codes: Array.from(x, (v) => (v > 0 ? 0 : 1)), levels: Float32Array.of(0, 1) })),
    ).toThrow(NotSteps);
    expect(() =>
      stepsOf((x) => ({ codes: Array.from(x, (v) => (Math.abs(v) > 1 ? 1 : 0)), levels: Float32Array.of(0, 1) })),
    ).toThrow(NotSteps);
    expect(() => stepsOf((x) => ({ codes: Array.from(x, () => 0), levels: Float32Array.of(x.length, 0) }))).toThrow(
      'its levels depend',
    );
  });
});
