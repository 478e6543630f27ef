import { describe, expect, it } from 'vitest';
import { floatLine } from './thresholds.js';

const { fround } = Math;

describe('a line of floats', () => {
  it('is found for the thresholds of round(15 x)', () => {
    const next = (x: number) =>
      new Float32Array(Int32Array.of(new Int32Array(Float32Array.of(x).buffer)[0]! + 1).buffer)[0]!;
    const first = (code: number) => {
      let x = fround((code - 0.5) / 15.001);
      while (!(fround(fround(x * 15) + 12582912) - 12582912 >= code)) x = next(x);
      return x;
    };
    expect(floatLine(Float32Array.from({ length: 15 }, (_, k) => first(k + 1)))).toEqual({
      scale: 15,
      bias: 0,
      isFloor: false,
    });
  });

  it('is not found for levels that lie unevenly, nor for one threshold', () => {
    expect(floatLine(Float32Array.of(0.1, 0.2, 0.9))).toBeUndefined();
    expect(floatLine(Float32Array.of(0.5))).toBeUndefined();
    expect(floatLine(Float32Array.of(0, Infinity))).toBeUndefined();
  });
});
