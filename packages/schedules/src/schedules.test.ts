import { LowbitError } from '@lowbit/plugin-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import { cyclical, steppedCycle } from './cyclical.js';
import { epochRates } from './progress.js';
import { step } from './step.js';

const at = (epoch: number, epochs = 100, step = 0, stepsPerEpoch = 1) => ({ epoch, epochs, step, stepsPerEpoch });
const close = (rates: readonly number[]) => rates.map((rate) => expect.closeTo(rate, 12) as number);

describe('constant', () => {
  it('is the same rate throughout', () => {
    expect(epochRates(constant({ rate: 0.01 }), 3)).toEqual([0.01, 0.01, 0.01]);
  });

  it.each([0, -1, NaN, Infinity, '1'])('refuses the rate %s', (rate) => {
    expect(() => constant({ rate } as never)).toThrow(LowbitError);
    expect(() => constant({ rate } as never)).toThrow(/in schedule 'constant' at rate, received/);
  });
});

describe('step', () => {
  it('has the fixed rates of the CIFAR runs', () => {
    const rates = epochRates(step({ boundaries: [100, 150] }), 200);
    expect([0, 99, 100, 149, 150, 199].map((epoch) => rates[epoch])).toEqual(
      close([0.1, 0.1, 0.01, 0.01, 0.001, 0.001]),
    );
    expect(
      epochRates(
        step({
          rates: [
            [0, 0.1],
            [100, 0.01],
            [150, 0.001],
          ],
        }),
        200,
      ),
    ).toEqual(close(rates));
  });

  it('has the fixed rates of the ImageNet runs', () => {
    const rates = epochRates(step({ boundaries: [30, 60, 90, 100] }), 105);
    expect([29, 30, 60, 90, 100].map((epoch) => rates[epoch])).toEqual(close([0.1, 0.01, 1e-3, 1e-4, 1e-5]));
  });

  it('counts in steps when asked to, and in parts of an epoch', () => {
    const schedule = step({
      rates: [
        [0, 2],
        [15, 1],
      ],
      unit: 'steps',
    });
    expect([schedule(at(1, 9, 4, 10)), schedule(at(1, 9, 5, 10))]).toEqual([2, 1]);
    const half = step({ base: 2, boundaries: [0.5], factor: 0.5 });
    expect([half(at(0, 9, 4, 10)), half(at(0, 9, 5, 10))]).toEqual([2, 1]);
  });

  it.each([
    [{}, /give either 'boundaries' \(with base and factor\) or 'rates'/],
    [{ boundaries: [1], rates: [[0, 1]] }, /give either/],
    [{ boundaries: [3, 3] }, /boundaries must ascend, in schedule 'step' at boundaries, received \[3,3\]/],
    [{ rates: [[1, 0.1]] }, /the first \[start, rate\] must start at 0/],
    [
      {
        rates: [
          [0, 0.1],
          [0, 0.01],
        ],
      },
      /the starts of rates must ascend/,
    ],
  ])('refuses %j', (options, message) => {
    expect(() => step(options as never)).toThrow(message);
  });
});

describe('cosine', () => {
  it('is half a period over the stage', () => {
    const schedule = cosine({ base: 1, floor: 0.2 });
    const expected = [1, 0.2 + 0.8 * 0.75, 0.6, 0.2 + 0.8 * 0.25, 0.2];
    expect([0, 20, 30, 40, 60].map((epoch) => schedule(at(epoch, 60)))).toEqual(close(expected));
  });

  it('changes within an epoch, and stays at the floor after its end', () => {
    const schedule = cosine({ base: 1, total: 2 });
    expect([schedule(at(0, 9, 5, 10)), schedule(at(1, 9, 0, 10)), schedule(at(5))]).toEqual(
      close([(1 + Math.SQRT1_2) / 2, 0.5, 0]),
    );
    expect(cosine({ base: 1, total: 20, unit: 'steps' })(at(1, 9, 0, 10))).toBeCloseTo(0.5, 12);
  });

  it('begins again, in periods that grow', () => {
    const schedule = cosine({ base: 1, restarts: { period: 10, factor: 2 } });
    expect([0, 5, 10, 20, 30, 50, 70].map((epoch) => schedule(at(epoch)))).toEqual(close([1, 0.5, 1, 0.5, 1, 0.5, 1]));
    const equal = cosine({ base: 1, restarts: { period: 4 } });
    expect([2, 4, 6, 8].map((epoch) => equal(at(epoch)))).toEqual(close([0.5, 1, 0.5, 1]));
  });

  it('stays within [floor, base]; without restarts it never rises', () => {
    const options = fc.record({
      base: fc.double({ min: 0.1, max: 1, noNaN: true }),
      floor: fc.double({ min: 0, max: 0.1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        options,
        fc.option(fc.integer({ min: 1, max: 20 })),
        fc.integer({ min: 1, max: 50 }),
        ({ base, floor }, period, epochs) => {
          const schedule = cosine({ base, floor, restarts: period ? { period, factor: 1.5 } : undefined });
          let last = Infinity;
          for (let epoch = 0; epoch < epochs; epoch++) {
            const rate = schedule(at(epoch, epochs));
            expect(rate).toBeGreaterThanOrEqual(floor - 1e-15);
            expect(rate).toBeLessThanOrEqual(base + 1e-15);
            if (!period) expect(rate).toBeLessThanOrEqual(last);
            last = rate;
          }
        },
      ),
    );
  });

  it.each([
    [{ base: 1, floor: 2 }, /floor must not be above base/],
    [{ base: 1, total: 5, restarts: { period: 5 } }, /give either 'total' or 'restarts'/],
    [{ base: 1, restarts: { period: 0 } }, /in schedule 'cosine' at restarts.period, received 0/],
  ])('refuses %j', (options, message) => {
    expect(() => cosine(options)).toThrow(message);
  });
});

describe('cyclical', () => {
  const times = [0, 1, 2, 3, 4, 6, 8, 10];

  it.each([
    ['triangular', 1, [1, 2, 3, 2, 1, 3, 1, 3]],
    ['triangular2', 1, [1, 2, 3, 2, 1, 2, 1, 1.5]],
    ['exp_range', 0.5, [1, 1.5, 1.5, 1.125, 1, 1 + 2 / 64, 1, 1 + 2 / 1024]],
  ] as const)('goes up and down: %s', (mode, gamma, expected) => {
    const schedule = cyclical({ minimum: 1, maximum: 3, stepSize: 2, mode, gamma });
    expect(times.map((epoch) => schedule(at(epoch)))).toEqual(close(expected));
  });

  it('counts in steps when asked to; gamma always does', () => {
    const schedule = cyclical({ minimum: 0, maximum: 1, stepSize: 10, mode: 'exp_range', gamma: 0.9, unit: 'steps' });
    expect(schedule(at(1, 9, 2, 4))).toBeCloseTo(0.6 * 0.9 ** 6, 12);
    const epochs = cyclical({ minimum: 0, maximum: 1, stepSize: 1, mode: 'exp_range', gamma: 0.9 });
    expect(epochs(at(0, 9, 2, 4))).toBeCloseTo(0.5 * 0.9 ** 2, 12);
  });

  it('stays within [minimum, maximum]', () => {
    const modes = fc.constantFrom('triangular', 'triangular2', 'exp_range');
    fc.assert(
      fc.property(
        modes,
        fc.double({ min: 0.1, max: 30, noNaN: true }),
        fc.nat(100),
        fc.nat(9),
        (mode, stepSize, epoch, step) => {
          const schedule = cyclical({
            minimum: 0.1,
            maximum: 0.5,
            stepSize,
            mode,
            gamma: mode === 'exp_range' ? 0.99 : 1,
          });
          const rate = schedule(at(epoch, 101, step, 10));
          expect(rate).toBeGreaterThanOrEqual(0.1);
          expect(rate).toBeLessThanOrEqual(0.5);
        },
      ),
    );
  });

  it.each([
    [{ minimum: 2, maximum: 1, stepSize: 1 }, /minimum must not be above maximum/],
    [{ minimum: 0, maximum: 1, stepSize: 1, gamma: 0.9 }, /gamma is for mode 'exp_range' alone/],
    [{ minimum: 0, maximum: 1, stepSize: 0 }, /schedule 'cyclical' at stepSize, received 0/],
  ])('refuses %j', (options, message) => {
    expect(() => cyclical(options)).toThrow(message);
  });
});

describe('steppedCycle', () => {
  const cycle = [1e-3, 10 ** -3.5, 1e-4, 10 ** -4.5, 1e-5, 10 ** -4.5, 1e-4, 10 ** -3.5];

  it('has the rates of the CIFAR-10 retraining', () => {
    expect(epochRates(steppedCycle({ base: 1e-3, period: 8 }), 40)).toEqual(
      close([...cycle, ...cycle, ...cycle, ...cycle, ...cycle]),
    );
  });

  it('gives every factor an equal part of the period', () => {
    const schedule = steppedCycle({ base: 1, period: 3000, unit: 'steps', factors: [1, 0.5, 0.25] });
    expect([999, 1000, 2000, 2999, 3000].map((step) => schedule(at(0, 1, step, 15000)))).toEqual([
      1, 0.5, 0.25, 0.25, 1,
    ]);
  });
});
