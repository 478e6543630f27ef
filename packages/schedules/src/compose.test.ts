import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atLeast, perEpoch, scaled, sequence } from './compose.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import { plateau } from './plateau.js';
import { epochRates } from './progress.js';
import { step } from './step.js';
import { warmUp } from './warm-up.js';

const at = (epoch: number, step = 0, epochs = 10, stepsPerEpoch = 4) => ({ epoch, epochs, step, stepsPerEpoch });

describe('warmUp', () => {
  it('grows linearly with every step', () => {
    const schedule = warmUp({ length: 2, then: constant({ rate: 1 }) });
    expect([at(0), at(0, 1), at(1), at(1, 3), at(2), at(9)].map(schedule)).toEqual([0, 0.125, 0.5, 0.875, 1, 1]);
    const part = warmUp({ length: 4, from: 0.5, then: constant({ rate: 10 }), unit: 'steps' });
    expect([at(0), at(0, 2), at(1)].map(part)).toEqual([5, 7.5, 10]);
  });

  it('hands over the rest of the stage', () => {
    const then = cosine({ base: 1 });
    const schedule = warmUp({ length: 2, then });
    for (let epoch = 2; epoch < 10; epoch++) expect(schedule(at(epoch, 1))).toBe(then(at(epoch - 2, 1, 8)));
    expect(schedule(at(1))).toBe(0.5);
  });

  it('multiplies a schedule that runs from the first epoch', () => {
    const schedule = warmUp({ length: 4, shift: false, then: step({ base: 1, boundaries: [2, 6], factor: 0.5 }) });
    expect(epochRates(schedule, 8)).toEqual([0, 0.25, 0.25, 0.375, 0.5, 0.5, 0.25, 0.25]);
  });

  it('may be longer than the stage', () => {
    expect(epochRates(warmUp({ length: 4, then: cosine({ base: 1 }) }), 2)).toEqual([0, 0.25]);
  });

  it('hides the history of the warm-up from the schedule after it', () => {
    const schedule = warmUp({ length: 2, then: plateau({ base: 1, factor: 0.5, patience: 0 }) });
    const history = [1, 3, 3, 2].map((loss) => ({ loss }));
    expect(schedule({ ...at(3), history: history.slice(0, 3) })).toBe(1);
    expect(schedule({ ...at(4), history })).toBe(1);
    expect(schedule({ ...at(2), history: history.slice(0, 2) })).toBe(1);
  });

  it('never rises above the schedule it leads to, and meets it at its end', () => {
    const length = fc.double({ min: 0.1, max: 12, noNaN: true });
    fc.assert(
      fc.property(length, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(39), (length, from, done) => {
        const rate = warmUp({ length, from, then: constant({ rate: 0.3 }) })(at(Math.floor(done / 4), done % 4));
        expect(rate).toBeGreaterThanOrEqual(0.3 * from - 1e-15);
        expect(rate).toBeLessThanOrEqual(0.3 + 1e-15);
        if (done / 4 >= length) expect(rate).toBeCloseTo(0.3, 12);
      }),
    );
  });

  it('refuses what is no schedule', () => {
    expect(() => warmUp({ length: 1, then: 0.1 as never })).toThrow(
      /a schedule must be a function of progress, in schedule 'warm-up' at then, received 0.1/,
    );
  });
});

describe('sequence', () => {
  it('runs each part from its own start, for its own length', () => {
    const schedule = sequence({
      parts: [
        { of: constant({ rate: 5 }), length: 2 },
        { of: cosine({ base: 1 }), length: 4 },
        { of: cosine({ base: 2 }) },
      ],
    });
    const [first, second] = [cosine({ base: 1 }), cosine({ base: 2 })];
    const expected = [
      5,
      5,
      ...[0, 1, 2, 3].map((epoch) => first(at(epoch, 0, 4))),
      ...[0, 1, 2, 3].map((epoch) => second(at(epoch, 0, 4))),
    ];
    expect(epochRates(schedule, 10, 4)).toEqual(expected);
  });

  it('counts in steps when asked to; the last part goes on', () => {
    const schedule = sequence({
      parts: [
        { of: constant({ rate: 5 }), length: 6 },
        { of: cosine({ base: 1 }), length: 4 },
      ],
      unit: 'steps',
    });
    expect([at(1, 1), at(1, 2), at(2), at(2, 2), at(9)].map(schedule)).toEqual([5, 1, expect.closeTo(0.5, 12), 0, 0]);
  });

  it.each([[[]], [[{ of: constant({ rate: 1 }) }, { of: constant({ rate: 1 }) }]]])('refuses %j', (parts) => {
    expect(() => sequence({ parts: parts as never })).toThrow(/in schedule 'sequence' at parts/);
  });
});

describe('scaled, atLeast, perEpoch', () => {
  const half = cosine({ base: 1, total: 2 });

  it('multiply, limit and hold the rate', () => {
    expect(scaled({ of: half, by: 0.5 })(at(1))).toBeCloseTo(0.25, 12);
    expect([at(0), at(2)].map(atLeast({ of: half, floor: 0.1 }))).toEqual([1, 0.1]);
    expect(perEpoch({ of: half })(at(1, 3))).toBe(half(at(1)));
  });
});
