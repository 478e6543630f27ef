import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySplit } from './memory.js';
import type { LabelledSplit } from './split.js';
import { chooseSplits, subset } from './subset.js';

/** Examples whose one value is their own index, of `classes` classes in turn. */
function numbered(size: number, classes: number): LabelledSplit {
  const values = Uint8Array.from({ length: size }, (_, i) => i);
  return memorySplit(
    values,
    [1, 1, 1],
    Uint8Array.from(values, (i) => i % classes),
  );
}

async function values(split: LabelledSplit): Promise<number[]> {
  return [...(await split.read([...Array(split.size).keys()])).inputs.data];
}

function countByLabel({ labels }: LabelledSplit): number[] {
  return Array.from(labels).reduce<number[]>((counts, label) => {
    counts[label] = (counts[label] ?? 0) + 1;
    return counts;
  }, []);
}

const where = "dataset 'numbered'";

describe('chooseSplits', () => {
  it('leaves the splits alone without options', () => {
    const [train, test] = [numbered(10, 2), numbered(6, 2)];
    expect(chooseSplits(train, test, {}, where)).toEqual({ train, test });
  });

  it('keeps limit, validation and test apart, balanced and in order', async () => {
    const sizes = fc.record({
      classes: fc.integer({ min: 1, max: 5 }),
      limit: fc.integer({ min: 1, max: 60 }),
      held: fc.integer({ min: 1, max: 40 }),
      splitSeed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ classes, limit, held, splitSeed }) => {
        const options = { limit, validation: held, testLimit: 7, splitSeed };
        const { train, validation, test } = chooseSplits(numbered(100, classes), numbered(30, classes), options, where);
        const [kept, out] = [await values(train), await values(validation!)];
        expect([kept.length, out.length, test.size]).toEqual([limit, held, 7]);
        expect(new Set([...kept, ...out]).size).toBe(limit + held);
        expect(kept).toEqual([...kept].sort((a, b) => a - b));
        for (const split of [train, validation!]) {
          const counts = countByLabel(split);
          if (split.size >= classes) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('holds out the same validation examples whatever the limit', async () => {
    const held = async (limit?: number): Promise<number[]> =>
      values(chooseSplits(numbered(100, 3), numbered(9, 3), { validation: 20, limit }, where).validation!);
    expect(await held(10)).toEqual(await held());
  });

  it('takes more of the large classes when the small ones are used up', async () => {
    const labels = Uint8Array.from([0, 1, 1, 1, 1, 1, 1, 1]);
    const train = memorySplit(new Uint8Array(8), [1, 1, 1], labels);
    expect(countByLabel(chooseSplits(train, train, { limit: 6 }, where).train)).toEqual([1, 5]);
  });

  it('chooses otherwise by another seed', async () => {
    const limited = (splitSeed: number): Promise<number[]> =>
      values(chooseSplits(numbered(100, 2), numbered(9, 3), { limit: 20, splitSeed }, where).train);
    expect(await limited(1)).not.toEqual(await limited(2));
  });

  it.each([
    [{ limit: 11 }, "limit is larger than the 10 examples there are, in dataset 'numbered' at limit, received 11"],
    [
      { testLimit: 7 },
      "testLimit is larger than the 6 examples there are, in dataset 'numbered' at testLimit, received 7",
    ],
    [
      { validation: 10 },
      "validation is larger than the 9 examples there are, in dataset 'numbered' at validation, received 10",
    ],
    [
      { validation: 4, limit: 7 },
      "limit is larger than the 6 examples there are, in dataset 'numbered' at limit, received 7",
    ],
  ])('refuses %j', (options, message) => {
    expect(() => chooseSplits(numbered(10, 2), numbered(6, 2), options, where)).toThrow(message);
  });
});

describe('subset', () => {
  it('reads what it was made of, and nothing outside', async () => {
    const part = subset(numbered(10, 3), [7, 2, 5]);
    expect(await values(part)).toEqual([7, 2, 5]);
    expect([...(await part.read([0, 2])).targets.data]).toEqual([1, 2]);
    await expect(part.read([3])).rejects.toThrow('no example 3 among 3');
  });
});

describe('memorySplit', () => {
  it('reads copies in the order asked for', async () => {
    const split = memorySplit(Uint8Array.from([1, 2, 3, 4, 5, 6]), [1, 2, 1], Uint8Array.from([0, 1, 2]));
    const { inputs, targets } = await split.read([2, 0]);
    expect(inputs).toEqual({ shape: [2, 1, 2, 1], data: Uint8Array.from([5, 6, 1, 2]) });
    expect(targets).toEqual({ shape: [2], data: Int32Array.from([2, 0]) });
    inputs.data.fill(9);
    expect((await split.read([2])).inputs.data).toEqual(Uint8Array.from([5, 6]));
  });

  it.each([-1, 3, 0.5, NaN])('has no example %d', async (index) => {
    await expect(memorySplit(new Uint8Array(3), [1], new Uint8Array(3)).read([index])).rejects.toThrow(RangeError);
  });

  it('refuses values that are not whole examples', () => {
    expect(() => memorySplit(new Uint8Array(5), [2], new Uint8Array(3))).toThrow(
      '3 examples of [2] do not make 5 values',
    );
  });
});
