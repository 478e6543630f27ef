import { LowbitError } from '@lowbit/plugin-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochRates } from './progress.js';
import { sspqCosine, type SspqCosineOptions } from './sspq-cosine.js';

/** The epochs at which the rate changes, with the new rate. */
function changes(rates: readonly number[]): [number, number][] {
  return rates.flatMap((rate, epoch): [number, number][] =>
    epoch > 0 && rate !== rates[epoch - 1] ? [[epoch, rate]] : [],
  );
}

function expectChanges(rates: readonly number[], expected: readonly (readonly [number, number])[]): void {
  const found = changes(rates);
  expect(rates[0]).toBe(0.1);
  expect(found.map(([epoch]) => epoch)).toEqual(expected.map(([epoch]) => epoch));
  for (const [i, [, rate]] of expected.entries()) expect(Math.abs(found[i]![1] / rate - 1)).toBeLessThan(2e-6);
}

const imageNet = [
  [10, 0.0993844],
  [20, 0.0939683],
  [30, 0.080207],
  [40, 0.0583101],
  [50, 0.0337159],
  [60, 0.0142208],
  [70, 0.00388236],
  [80, 0.000568562],
  [90, 3.09853e-5],
] as const;

describe('sspqCosine (L-SSPQ eq. 1)', () => {
  it('has the rates of the ImageNet runs by default', () => {
    expectChanges(epochRates(sspqCosine(), 105), [...imageNet, [100, 1e-6]]);
  });

  it.each([
    [
      30,
      [
        [60, 0.0925183],
        [90, 0.0669043],
        [120, 0.0304021],
        [150, 0.00606474],
        [180, 1e-3],
      ],
    ],
    [
      5,
      [
        [30, 0.096003],
        [60, 0.0783774],
        [90, 0.0470588],
        [120, 0.0170132],
        [150, 0.00262827],
        [180, 1e-3],
      ],
    ],
  ] as const)('has the rates of the CIFAR runs with a warm-up of %i epochs', (warmUp, expected) => {
    expectChanges(epochRates(sspqCosine({ warmUp, period: 30, floor: 1e-3 }), 200), expected);
  });

  it("applies the floor an epoch late, as the authors' code, when asked to", () => {
    const rates = epochRates(sspqCosine({ lateFloor: true }), 105);
    expectChanges(rates, [...imageNet, [100, 1.90771e-7], [101, 1e-6]]);
    const cifar = epochRates(sspqCosine({ warmUp: 5, period: 30, floor: 1e-3, lateFloor: true }), 200);
    expect(cifar[180]).toBeCloseTo(7.01907e-5, 10);
    expect(cifar[181]).toBe(1e-3);
  });

  it('multiplies the base instead when it does not compound', () => {
    const rates = epochRates(sspqCosine({ warmUp: 0, period: 50, floor: 0, total: 100, compounding: false }), 100);
    expect(rates[49]).toBe(0.1);
    expect(rates[50]).toBeCloseTo(0.05, 12);
    expect(rates[99]).toBe(rates[50]);
  });

  it('does not change before or at the end of the warm-up', () => {
    expect(changes(epochRates(sspqCosine({ warmUp: 20, period: 10 }), 60)).map(([epoch]) => epoch)).toEqual([
      30, 40, 50,
    ]);
  });

  it('takes the length of the stage for T_m, and stays at the floor beyond a given one', () => {
    const given = sspqCosine({ total: 60 });
    expect(epochRates(given, 60)).toEqual(epochRates(sspqCosine(), 60));
    expect(given({ epoch: 200, epochs: 200, step: 0, stepsPerEpoch: 1 })).toBe(1e-6);
  });

  it('is constant in a stage that is not longer than the warm-up', () => {
    expect(epochRates(sspqCosine({ warmUp: 5, period: 1 }), 5)).toEqual([0.1, 0.1, 0.1, 0.1, 0.1]);
  });

  it('stays within [floor, base] and never rises', () => {
    const options = fc.record({
      base: fc.double({ min: 1e-3, max: 10, noNaN: true }),
      warmUp: fc.nat(40),
      period: fc.integer({ min: 1, max: 40 }),
      floor: fc.double({ min: 0, max: 1e-3, noNaN: true }),
      compounding: fc.boolean(),
    });
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 120 }), (given, epochs) => {
        const rates = epochRates(sspqCosine(given), epochs);
        for (const [epoch, rate] of rates.entries()) {
          expect(rate).toBeGreaterThanOrEqual(given.floor);
          expect(rate).toBeLessThanOrEqual(rates[epoch - 1] ?? given.base);
        }
      }),
    );
  });

  it.each([
    [{ floor: 1 }, /floor must not be above base, in schedule 'sspq-cosine' at floor, received 1/],
    [{ warmUp: 30, total: 30 }, /total must be above warmUp, in schedule 'sspq-cosine' at total, received 30/],
    [{ period: 0 }, /schedule 'sspq-cosine' at period, received 0/],
    [{ warmup: 3 }, /unknown key 'warmup'/],
  ])('refuses %j', (options, message) => {
    expect(() => sspqCosine(options as SspqCosineOptions)).toThrow(LowbitError);
    expect(() => sspqCosine(options as SspqCosineOptions)).toThrow(message);
  });
});
