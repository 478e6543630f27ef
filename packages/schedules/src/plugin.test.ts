import { createRegistry, LowbitError } from '@lowbit/plugin-api';
import { describe, expect, it } from 'vitest';
import plugin, { constant, cosine, epochRates, sequence, sspqCosine, warmUp } from './index.js';

const registry = createRegistry([plugin]);
const make = (spec: string | Record<string, unknown>) => registry.make('schedules', spec, undefined, 'stage 1');

describe('the plugin', () => {
  it.each([
    'sspq-cosine',
    { schedule: 'constant', rate: 0.1 },
    { schedule: 'step', boundaries: [1] },
    { schedule: 'cosine', base: 0.1 },
    { schedule: 'cyclical', minimum: 0.01, maximum: 0.1, stepSize: 2 },
    { schedule: 'stepped-cycle', base: 0.1, period: 8 },
    { schedule: 'plateau', base: 0.1 },
    { schedule: 'warm-up', length: 2, then: 'sspq-cosine' },
    { schedule: 'sequence', parts: [{ of: { schedule: 'constant', rate: 1 } }] },
    { schedule: 'scaled', of: 'sspq-cosine', by: 0.5 },
    { schedule: 'at-least', of: { schedule: 'cosine', base: 0.1 }, floor: 0.01 },
    { schedule: 'per-epoch', of: { schedule: 'cosine', base: 0.1 } },
  ])('makes %j', (spec) => {
    expect(make(spec)({ epoch: 0, epochs: 10, step: 0, stepsPerEpoch: 1 })).toBeTypeOf('number');
  });

  it('makes the same as the functions', () => {
    expect(epochRates(make('sspq-cosine'), 50)).toEqual(epochRates(sspqCosine(), 50));
    const config = {
      schedule: 'sequence',
      parts: [
        { of: { schedule: 'warm-up', length: 2, then: { schedule: 'cosine', base: 0.3 } }, length: 5 },
        { of: constant({ rate: 0.01 }) },
      ],
    };
    const parts = [
      { of: warmUp({ length: 2, then: cosine({ base: 0.3 }) }), length: 5 },
      { of: constant({ rate: 0.01 }) },
    ] as const;
    expect(epochRates(make(config), 8)).toEqual(epochRates(sequence({ parts: [...parts] }), 8));
  });

  const inside = (then: unknown) => ({ schedule: 'warm-up', length: 2, then });
  it.each([
    [{ schedule: 'constant' }, /in stage 1 \(schedule 'constant'\) at rate/],
    [inside({ schedule: 'cosine', base: -1 }), /in stage 1 \(schedule 'warm-up'\) at then.base, received -1/],
    [
      inside({ schedule: 'cosine', base: 1, flor: 0 }),
      /unknown key 'flor', in stage 1 \(schedule 'warm-up'\) at then, received 0/,
    ],
    [inside(inside({ schedule: 'constant', rate: 0 })), /at then.then.rate, received 0/],
    [inside({ schedule: 'cosin' }), /unknown schedule 'cosin' inside another: did you mean 'cosine'/],
    [inside('toString'), /unknown schedule 'toString'/],
    [
      inside({ base: 1 }),
      /a schedule must be named: \{ "schedule": NAME, … \}, in stage 1 \(schedule 'warm-up'\) at then/,
    ],
    [inside(undefined), /a schedule must be named/],
    [inside(0.1), /a schedule must be named.* received 0.1/],
  ])('refuses %j', (spec, message) => {
    expect(() => make(spec)).toThrow(LowbitError);
    expect(() => make(spec)).toThrow(message);
  });
});
