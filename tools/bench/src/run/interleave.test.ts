import { describe, expect, it } from 'vitest';
import { interleave, rotated } from './interleave.js';
import type { Side } from './side.js';

/** A side that writes down when it is asked; its n-th step takes n milliseconds, and the one at `fails` fails. */
function fake(name: string, diary: string[], fails?: number): Side {
  let steps = 0;
  return {
    ...{ name, about: 'fake', versions: {} },
    step: async () => {
      diary.push(name);
      if (++steps === fails) throw new Error(`${name} is out of memory`);
      return { ms: steps, cpuMs: steps / 2 };
    },
    memory: async () => 0,
    profile: async () => ({ shares: {}, bytes: 0 }),
    close: async () => undefined,
  };
}

describe('interleave', () => {
  it('warms up each side, then begins every repetition with the next one', async () => {
    const diary: string[] = [];
    const sides = ['a', 'b', 'c'].map((name) => fake(name, diary));
    const { outcomes } = await interleave(sides, { warm: 2, timed: 4 });
    expect(diary.join('')).toBe('aabbcc' + 'abc' + 'bca' + 'cab' + 'abc');
    expect(outcomes.map((each) => 'samples' in each && each.samples.map(({ ms }) => ms))).toEqual(
      Array.from({ length: 3 }, () => [3, 4, 5, 6]),
    );
  });

  it.each([1, 3])('goes on without a side that fails in step %i', async (fails) => {
    const diary: string[] = [];
    const [good, bad] = [fake('a', diary), fake('b', diary, fails)];
    const { outcomes } = await interleave([bad, good], { warm: 1, timed: 4 });
    expect(outcomes[0]).toEqual({ name: 'b', skipped: 'b is out of memory' });
    expect(outcomes[1]).toMatchObject({ side: good, samples: [{ ms: 2 }, { ms: 3 }, { ms: 4 }, { ms: 5 }] });
    expect(diary.filter((name) => name === 'b')).toHaveLength(fails);
  });

  it('tells what others did from what its sides did', async () => {
    const counts = [100, 100 + 1e6];
    const { othersCores } = await interleave([fake('a', [])], { warm: 0, timed: 1 }, () => counts.shift());
    expect(othersCores).toBeGreaterThan(100);
    const idle = await interleave([fake('a', [])], { warm: 0, timed: 1 }, () => 100);
    expect(idle.othersCores).toBe(0);
    expect(await interleave([fake('a', [])], { warm: 0, timed: 1 }, () => undefined)).not.toHaveProperty('othersCores');
    expect(await interleave([], { warm: 0, timed: 1 }, () => 100)).toEqual({ outcomes: [] });
  });
});

it('rotated begins where it is told to', () => {
  expect(rotated([1, 2, 3], 0)).toEqual([1, 2, 3]);
  expect(rotated([1, 2, 3], 4)).toEqual([2, 3, 1]);
  expect(rotated([], 1)).toEqual([]);
});
