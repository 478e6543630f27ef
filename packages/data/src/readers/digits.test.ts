import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataRoot } from '../files.js';
import { SHA256 } from '../generated/digits.js';
import { digits } from './digits.js';

/** How many examples of each digit there are, as optdigits.names says. */
const TRAIN_COUNTS = [376, 389, 380, 389, 387, 376, 377, 387, 380, 382];
const TEST_COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180];

const all = (size: number): number[] => [...Array(size).keys()];
const counts = (labels: ArrayLike<number>): number[] =>
  all(10).map((k) => Array.from(labels).filter((label) => label === k).length);

describe('digits', () => {
  it('is the official writer-independent split', async () => {
    const { splits, inputShape, inputMax, classes } = await digits();
    expect([splits.train.size, splits.test.size]).toEqual([3823, 1797]);
    expect([inputShape, inputMax, classes.length]).toEqual([[8, 8, 1], 16, 10]);
    expect(counts(splits.train.labels)).toEqual(TRAIN_COUNTS);
    expect(counts(splits.test.labels)).toEqual(TEST_COUNTS);
  });

  it('has the bytes that were embedded', async () => {
    const { splits } = await digits();
    const halves = await Promise.all([splits.train, splits.test].map((split) => split.read(all(split.size))));
    const hash = createHash('sha256');
    for (const { inputs } of halves) hash.update(inputs.data);
    for (const { targets } of halves) hash.update(Uint8Array.from(targets.data));
    expect(hash.digest('hex')).toBe(SHA256);
  });

  it('starts with the first row of optdigits.tra', async () => {
    const { inputs, targets } = await (await digits()).splits.train.read([0]);
    expect(inputs.shape).toEqual([1, 8, 8, 1]);
    expect([...inputs.data.subarray(0, 16)]).toEqual([0, 1, 6, 15, 12, 1, 0, 0, 0, 7, 16, 6, 6, 10, 0, 0]);
    expect(targets).toEqual({ shape: [1], data: Int32Array.from([0]) });
  });

  it('equals the source file, line by line', async ({ skip }) => {
    const file = path.join(await dataRoot(), 'digits', 'optdigits.tra');
    skip(!existsSync(file), `no ${file}`);
    const rows = readFileSync(file, 'ascii').trim().split('\n');
    const { train } = (await digits()).splits;
    const { inputs, targets } = await train.read(all(train.size));
    rows.forEach((row, i) => {
      expect([...inputs.data.subarray(i * 64, (i + 1) * 64), targets.data[i]].join()).toBe(row);
    });
  });

  it('takes limits and a validation split', async () => {
    const { splits } = await digits({ limit: 100, testLimit: 20, validation: 50 });
    expect([splits.train.size, splits.test.size, splits.validation!.size]).toEqual([100, 20, 50]);
    expect(counts(splits.train.labels)).toEqual(Array(10).fill(10));
  });

  it.each([
    [{ limits: 5 }, "unknown key 'limits', in dataset 'digits'"],
    [{ limit: 0 }, "in dataset 'digits' at limit, received 0"],
    [{ limit: 1.5 }, "in dataset 'digits' at limit, received 1.5"],
    [{ limit: 4000 }, "limit is larger than the 3823 examples there are, in dataset 'digits' at limit, received 4000"],
  ])('refuses %j', async (options, message) => {
    await expect(digits(options as object)).rejects.toThrow(message);
  });
});
