import { expect, it } from 'vitest';
import { measureAll, type Group } from './measure.js';
import type { Side } from './side.js';

const nothing = () => undefined;

/** A side whose n-th step takes 10·n milliseconds. */
function fake(name: string, closed: string[], rest: Partial<Side> = {}): Side {
  let steps = 0;
  return {
    ...{ name, about: `${name} of paper`, versions: { [name]: '1' } },
    step: async () => ({ ms: 10 * ++steps, cpuMs: 5 * steps }),
    memory: async () => 64,
    profile: async () => ({ shares: { Add: 1 }, bytes: 12 }),
    close: async () => void closed.push(name),
    ...rest,
  };
}

it('gives a row for each side, and ends the sides', async () => {
  const closed: string[] = [];
  const group: Group = {
    shape: 'batch 2',
    work: { amount: 2, unit: 'images' },
    repetitions: { warm: 1, timed: 3 },
    memory: true,
    profile: true,
    sides: [async () => ({ name: 'b', skipped: 'not installed' }), async () => fake('a', closed)],
  };
  const { rows, versions } = await measureAll([group], undefined, nothing);
  expect(versions).toEqual({ a: '1' });
  expect(rows).toEqual([
    { side: 'b', shape: 'batch 2', skipped: 'not installed' },
    {
      ...{ side: 'a', shape: 'batch 2', about: 'a of paper', unit: 'images/s', memoryMiB: 64, shares: { Add: 1 } },
      bytes: 12,
      ...{ median: 2000 / 30, min: 50, max: 100, byProcessorTime: 2000 / 15 },
    },
  ]);
  expect(closed).toEqual(['a']);
});

it('is in milliseconds where a group says nothing of its work, and asks for no more than that', async () => {
  const refuse = () => Promise.reject(new Error('asked'));
  const sides = [async () => fake('a', [], { memory: refuse, profile: refuse })];
  const { rows } = await measureAll([{ shape: 's', repetitions: { warm: 0, timed: 1 }, sides }], undefined, nothing);
  expect(rows).toEqual([
    { ...{ side: 'a', shape: 's', about: 'a of paper', unit: 'ms' }, median: 10, min: 10, max: 10, byProcessorTime: 5 },
  ]);
});

it('skips a side that fails, also after its steps', async () => {
  const closed: string[] = [];
  const fails = () => Promise.reject(new Error('out of memory'));
  const sides = [async () => fake('a', closed, { step: fails }), async () => fake('b', closed, { memory: fails })];
  const group = { shape: 's', repetitions: { warm: 1, timed: 1 }, memory: true, sides };
  const { rows } = await measureAll([group], undefined, nothing);
  expect(rows).toEqual(['a', 'b'].map((side) => ({ side, shape: 's', skipped: 'out of memory' })));
  expect(closed.sort()).toEqual(['a', 'b']);
});

it('runs the groups that are asked for', async () => {
  const group = (shape: string): Group => ({
    ...{ shape, repetitions: { warm: 0, timed: 1 } },
    sides: [async () => fake(shape, [])],
  });
  const { rows } = await measureAll([group('one thread'), group('two threads')], 'two', nothing);
  expect(rows.map(({ shape }) => shape)).toEqual(['two threads']);
});
