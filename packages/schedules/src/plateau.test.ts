import { LowbitError, type Metrics } from '@lowbit/plugin-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plateau, type PlateauOptions } from './plateau.js';

/** The rate at the start of each epoch, when the finished epochs had these losses; one more than there are losses. */
function rates(options: PlateauOptions, losses: readonly number[], name = 'loss'): number[] {
  const schedule = plateau(options);
  const history = losses.map((loss): Metrics => ({ [name]: loss }));
  const progress = { epochs: 100, step: 0, stepsPerEpoch: 1 };
  return [...losses, 0].map((_, epoch) => schedule({ ...progress, epoch, history: history.slice(0, epoch) }));
}

describe('plateau', () => {
  it('reduces after more than `patience` epochs without improvement', () => {
    expect(rates({ base: 1, factor: 0.5, patience: 2 }, [5, 4, 4, 4, 4, 4, 4, 4])).toEqual([
      1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25,
    ]);
  });

  it('begins to count anew after an improvement', () => {
    expect(rates({ base: 1, factor: 0.5, patience: 1 }, [5, 6, 4, 5, 3, 4, 4])).toEqual([1, 1, 1, 1, 1, 1, 1, 0.5]);
  });

  it('takes a change below the threshold for none', () => {
    const losses = [1, 0.995, 0.99, 0.985];
    expect(rates({ base: 1, factor: 0.5, patience: 0, threshold: 0.01 }, losses)).toEqual([1, 1, 0.5, 0.25, 0.25]);
    expect(rates({ base: 1, factor: 0.5, patience: 0, threshold: 1e-4 }, losses)).toEqual([1, 1, 1, 1, 1]);
  });

  it('waits for the cooldown', () => {
    expect(rates({ base: 1, factor: 0.5, patience: 0, cooldown: 2 }, [1, 1, 1, 1, 1])).toEqual([
      1, 1, 0.5, 0.5, 0.5, 0.25,
    ]);
  });

  it('watches what must go up', () => {
    const options = { base: 1, factor: 0.5, patience: 0, metric: 'testTop1', mode: 'max' } as const;
    expect(rates(options, [0.1, 0.2, 0.15, 0.3], 'testTop1')).toEqual([1, 1, 1, 0.5, 0.5]);
  });

  it('does not go below the floor', () => {
    expect(rates({ base: 1, patience: 0, floor: 0.05 }, [1, 1, 1, 1])).toEqual([1, 1, 0.1, 0.05, 0.05]);
  });

  it('takes a loss that is not a number for no improvement', () => {
    expect(rates({ base: 1, factor: 0.5, patience: 0 }, [NaN, 2, NaN, 1])).toEqual([1, 0.5, 0.5, 0.25, 0.25]);
  });

  it('stays within [floor, base] and never rises', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 40 }), fc.nat(3), fc.nat(3), (losses, patience, cooldown) => {
        const found = rates({ base: 1, factor: 0.3, patience, cooldown, floor: 0.01 }, losses);
        for (const [i, rate] of found.entries()) {
          expect(rate).toBeLessThanOrEqual(found[i - 1] ?? 1);
          expect(rate).toBeGreaterThanOrEqual(0.01);
        }
      }),
    );
  });

  it('says what is missing', () => {
    const schedule = plateau({ base: 1, metric: 'testLoss' });
    const progress = { epoch: 1, epochs: 2, step: 0, stepsPerEpoch: 1 };
    expect(schedule({ ...progress, epoch: 0 })).toBe(1);
    expect(() => schedule(progress)).toThrow(
      "the history of the epochs is missing, in schedule 'plateau'; give progress.history",
    );
    expect(() => schedule({ ...progress, history: [{ loss: 1, accuracy: 0 }] })).toThrow(
      "no metric 'testLoss' in the history, in schedule 'plateau'; there are loss, accuracy",
    );
  });

  it.each([
    { base: 1, factor: 1 },
    { base: 1, patience: -1 },
    { base: 1, mode: 'up' as never },
  ])('refuses %j', (options) => {
    expect(() => plateau(options)).toThrow(LowbitError);
  });
});
