import { factory, type Schedule } from '@lowbit/plugin-api';
import schedules from '@lowbit/schedules';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkSchedule, describeSchedule, scheduleRules } from './schedule.js';

const nested = { schedule: 'cosine', base: 0.1 };
const OPTIONS: Readonly<Record<string, Record<string, unknown>>> = {
  constant: { rate: 0.1 },
  step: { boundaries: [1] },
  'sspq-cosine': {},
  cosine: { base: 0.1 },
  cyclical: { minimum: 0.01, maximum: 0.1, stepSize: 2 },
  'stepped-cycle': { base: 0.1, period: 8 },
  plateau: { base: 0.1 },
  'warm-up': { length: 0.5, then: nested },
  sequence: { parts: [{ of: nested }] },
  scaled: { of: nested, by: 0.5 },
  'at-least': { of: nested, floor: 0.01 },
  'per-epoch': { of: nested },
};

describe.each(Object.entries(schedules.schedules!))('@lowbit/schedules: %s', (name, make) => {
  describeSchedule(make, { options: OPTIONS[name] });
});

const strict = (schedule: () => Schedule) => factory(z.strictObject({}), schedule);
let calls = 0;

it.each<[rule: RegExp, told: RegExp, schedule: () => Schedule]>([
  [/^every rate/, /on epoch 0 of 1, step 0 of 1, expected a finite number from 0, received -1$/, () => () => -1],
  [/^it has no memory/, /expected [\d.]+, as when asked before, received [\d.]+/, () => () => calls++],
  [
    /^a history without/,
    /on epoch 1 of 10, step 0 of 1, a history of {}, expected a finite number from 0, or a LowbitError, received NaN/,
    () =>
      ({ history = [] }) =>
        history.length === 0 ? 1 : history[0]!.loss! + 1,
  ],
])('%s is broken: %s', async (rule, told, schedule) => {
  const found = (await checkSchedule(strict(schedule))).find((each) => rule.test(each.rule));
  expect(found?.message).toMatch(told);
});

it('any option is taken', async () => {
  const [violation] = await checkSchedule(factory(z.looseObject({}), () => () => 1));
  expect(violation!.rule).toBe(scheduleRules.at(-1)!.name);
  expect(violation!.message).toMatch(/expected a LowbitError \(give the factory a strict schema\), received none$/);
});
