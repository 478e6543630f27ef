import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prescale, uniformQuantizer, type Rounding } from './uniform.js';

const { fround } = Math;
const range = (low: number, high: number) => Array.from({ length: high - low + 1 }, (_, i) => low + i);

describe('uniformQuantizer', () => {
  it.each([
    ['unsigned', range(0, 15), true, { bits: 4, signed: false, narrow: false, step: 1, zeroPoint: 0 }],
    ['signed', range(-8, 7), true, { bits: 4, signed: true, narrow: false, step: 1, zeroPoint: 0 }],
    ['ternary', range(-1, 1), true, { bits: 2, signed: true, narrow: true, step: 1, zeroPoint: 0 }],
    ['0 to 14', range(0, 14), true, { bits: 4, signed: false, narrow: true, step: 1, zeroPoint: 0 }],
    ['with a zero point', range(-3, 12), true, { bits: 4, signed: false, narrow: false, step: 1, zeroPoint: 3 }],
    ['odd', [-3, -1, 1, 3], true, { bits: 2, step: 2 }],
    ['single codes of 8 bits', range(-127, 127), true, { bits: 8, signed: true, narrow: true }],
    ['powers of two, with others between', [-4, -2, -1, 0, 1, 2, 4], false, { bits: 4, signed: true, step: 1 }],
    ['fewer than there are', range(-2, 2), false, { bits: 3, signed: true }],
  ])('%s', (_name, levels, exact, expected) => {
    expect(uniformQuantizer(levels, exact)).toMatchObject(expected);
  });

  it.each([
    ['five levels', range(-2, 2)],
    ['powers of two', [-4, -2, -1, 0, 1, 2, 4]],
  ])('none has exactly %s', (_name, levels) => {
    expect(uniformQuantizer(levels, true)).toBeUndefined();
  });
});

/** The float32 after x, or before it. */
function next(x: number, by: 1 | -1): number {
  const bits = new Int32Array(Float32Array.of(x).buffer);
  bits[0]! += x < 0 ? -by : by;
  return new Float32Array(bits.buffer)[0]!;
}

function even(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + (down % 2 === 0 ? 0 : 1) : Math.round(x);
}

/** The smallest float32 that each integer but the first begins with, found by going from float32 to float32. */
function thresholdsOf({ min, max }: Rounding, scaled: (x: number) => number, about: number): Float32Array {
  const found = range(min + 1, max).map((integer) => {
    let x = fround((integer - 0.5) * about);
    while (even(scaled(x)) < integer) x = next(x, 1);
    while (even(scaled(next(x, -1))) >= integer) x = next(x, -1);
    return x;
  });
  return Float32Array.from(found);
}

describe('prescale', () => {
  const unsigned = fc.integer({ min: 1, max: 8 }).map((bits) => ({ min: 0, max: 2 ** bits - 1 }));
  const signed = fc.integer({ min: 2, max: 8 }).map((bits) => ({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }));
  const roundings = fc.oneof(unsigned, signed).map((limits) => ({ ...limits, step: 1, zeroPoint: 0 }));
  const scales = fc.double({ min: 1e-4, max: 50, noNaN: true }).map(fround);

  it('finds a factor wherever x was multiplied by one', () => {
    fc.assert(
      fc.property(roundings, scales, (rounding, factor) => {
        const scaled = (x: number) => fround(x * factor);
        const thresholds = thresholdsOf(rounding, scaled, 1 / factor);
        const found = prescale(rounding, thresholds, fround(1 / factor))!;
        expect(found.op).toBe('Mul');
        expect(thresholdsOf(rounding, (x) => fround(x * found.factor), 1 / factor)).toEqual(thresholds);
      }),
      { numRuns: 60 },
    );
  });

  it('finds a divisor wherever x was divided by one', () => {
    fc.assert(
      fc.property(roundings, scales, (rounding, scale) => {
        const thresholds = thresholdsOf(rounding, (x) => fround(x / scale), scale);
        const { op, factor } = prescale(rounding, thresholds, scale)!;
        const scaled = (x: number) => fround(op === 'Mul' ? x * factor : x / factor);
        expect(thresholdsOf(rounding, scaled, scale)).toEqual(thresholds);
      }),
      { numRuns: 60 },
    );
  });

  it("takes DoReFa's whole factor, which 1 / scale is not in float32", () => {
    const rounding = { min: 0, max: 15, step: 1, zeroPoint: 0 };
    const thresholds = thresholdsOf(rounding, (x) => fround(x * 15), 1 / 15);
    expect(prescale(rounding, thresholds, fround(1 / 15))).toEqual({ op: 'Mul', factor: 15 });
  });

  it('finds none where a threshold is one float32 off, or halves round up', () => {
    const rounding = { min: 0, max: 3, step: 1, zeroPoint: 0 };
    const thresholds = thresholdsOf(rounding, (x) => fround(x / 0.25), 0.25);
    expect(prescale(rounding, thresholds, 0.25)).toEqual({ op: 'Mul', factor: 4 });
    expect(prescale(rounding, Float32Array.of(0.125, 0.375, 0.625), 0.25)).toBeUndefined();
    expect(prescale(rounding, thresholds.with(1, next(thresholds[1]!, 1)), 0.25)).toBeUndefined();
    expect(prescale(rounding, Float32Array.of(0.1, 0.2, 0.9), 0.25)).toBeUndefined();
  });
});
