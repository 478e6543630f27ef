import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { factory, parseOptions } from './options.js';

const schema = z.strictObject({
  bits: z.number().int().min(1).max(8).default(4),
  stages: z.array(z.strictObject({ epochs: z.number(), schedule: z.string().optional() })).optional(),
});

describe('parseOptions', () => {
  it('fills in defaults', () => expect(parseOptions(schema, {}, 'here')).toEqual({ bits: 4 }));

  it.each([
    [{ bit: 2 }, "unknown key 'bit', in here, received 2; did you mean 'bits'?"],
    [
      { stages: [{ epochs: 1 }, { epochs: 1, shedule: 'x' }] },
      "unknown key 'shedule', in here at stages.1, received 'x'; did you mean 'schedule'?",
    ],
    [{ bits: 9 }, /^Too big.*, in here at bits, received 9$/],
    [{ stages: [{}] }, /in here at stages\.0\.epochs; nothing was given there$/],
    [undefined, /in here; nothing was given there$/],
    [3, /in here, received 3$/],
  ])('refuses %j in one line', (options, message) => {
    expect(() => parseOptions(schema, options, 'here')).toThrow(message);
  });

  it('takes any Standard Schema, but no asynchronous one', () => {
    const standard = {
      '~standard': { version: 1, vendor: 'own', validate: () => ({ issues: [{ message: 'never right' }] }) },
    } as const;
    expect(() => parseOptions(standard, 1, 'here')).toThrow('never right, in here, received 1');
    const slow = { '~standard': { version: 1, vendor: 'own', validate: async () => ({ value: 1 }) } } as const;
    expect(() => parseOptions(slow, 1, 'here')).toThrow(/the schema of here is asynchronous/);
  });
});

it('a factory carries its schema', () => {
  const make = factory(schema, ({ bits }, role: string) => `${role} at ${bits}`);
  expect(make.options).toBe(schema);
  expect(make({ bits: 2 }, 'weights')).toBe('weights at 2');
});
