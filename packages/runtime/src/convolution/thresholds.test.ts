import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeLine, floatLine, integerThresholds, type FilterEpilogue } from './thresholds.js';

const { fround } = Math;
const float = (max: number) => fc.float({ min: fround(-max), max: fround(max), noNaN: true });
const epilogues = fc.record({ scale: float(2), bias: float(20), most: fc.integer({ min: 1, max: 3000 }) });
const thresholds = fc
  .array(float(30), { minLength: 1, maxLength: 15 })
  .map((values) => Float32Array.from(values).sort());

const codeOf = ({ scale, bias }: FilterEpilogue, all: Float32Array, sum: number) => {
  const y = fround(fround(fround(sum) * scale) + bias);
  return all.reduce((code, threshold) => (y >= threshold ? code + 1 : code), 0);
};

it('integer thresholds are where codes change', () =>
  fc.assert(
    fc.property(epilogues, thresholds, fc.integer(), (epilogue, all, any) => {
      const changes = integerThresholds(epilogue, all);
      const sign = epilogue.scale < 0 ? -1 : 1;
      const limited = (sum: number) => Math.max(-epilogue.most, Math.min(epilogue.most, sum));
      for (const sum of [any, -epilogue.most, epilogue.most, ...changes, ...changes.map((change) => change - sign)].map(
        limited,
      )) {
        const code = changes.reduce((count, change) => (sum * sign >= change * sign ? count + 1 : count), 0);
        expect(code).toBe(codeOf(epilogue, all, sum));
      }
    }),
    { numRuns: 500 },
  ));

describe('a line', () => {
  const ROUND = 12582912;

  it('is found for levels that lie evenly, and gives the code of every sum', () => {
    const all = Float32Array.from({ length: 15 }, (_, k) => (k + 0.5) / 15);
    for (const [scale, bias, missing] of [
      [0.01, 0.3, 0],
      [-0.003, 0.9, 40],
      [0.0007, -0.2, -300],
      [0, 0.5, 0],
    ] as const) {
      const epilogue = { scale: fround(scale), bias: fround(bias), most: 2000 };
      const line = codeLine(epilogue, all, integerThresholds(epilogue, all), missing)!;
      for (let sum = -2000; sum <= 2000; sum++) {
        const value = fround(fround(fround(fround(sum - missing) * line.scale) + line.bias) + ROUND) - ROUND;
        expect(Math.max(0, Math.min(15, value))).toBe(codeOf(epilogue, all, sum));
      }
    }
  });

  it('is not found for levels that lie unevenly', () => {
    const all = Float32Array.of(0.1, 0.2, 0.9);
    const epilogue = { scale: fround(0.01), bias: 0, most: 2000 };
    expect(codeLine(epilogue, all, integerThresholds(epilogue, all), 0)).toBeUndefined();
  });
});

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
