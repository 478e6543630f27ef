import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { channelStatistics } from '../statistics.js';
import { realData, temporaryFolder } from '../testing/folder.js';
import { CIFAR100_COARSE_CLASSES, CIFAR100_FINE_CLASSES, CIFAR10_CLASSES } from './cifar-classes.js';
import { CIFAR10, cifar10, CIFAR100, cifar100, readCifarHalf, type CifarLayout } from './cifar.js';

const small10: CifarLayout = { ...CIFAR10, records: { train: 2, test: 3 } };
const small100: CifarLayout = { ...CIFAR100, records: { train: 2, test: 3 } };

/**
 * A record whose red, green and blue planes hold `seed`, `seed` + 1 and `seed` + 2, but for the second pixel: 0, 1, 2.
 */
function record(labels: readonly number[], seed: number): Uint8Array {
  const planes = Uint8Array.from({ length: 3072 }, (_, i) => Math.floor(i / 1024) + (i % 1024 === 1 ? 0 : seed));
  return Buffer.concat([Uint8Array.from(labels), planes]);
}

const file = (records: readonly Uint8Array[]): Uint8Array => Buffer.concat(records);

describe('readCifarHalf', () => {
  it('puts batches one after another and interleaves the planes', async () => {
    const batches = CIFAR10.train.map((name, b) => [
      `${CIFAR10.folder}/${name}`,
      file([record([b], 10 * b), record([b + 5], 100)]),
    ]);
    const split = await readCifarHalf(await temporaryFolder(Object.fromEntries(batches)), small10, 'train');
    const { inputs, targets } = await split.read([2, 9]);
    expect(split.size).toBe(10);
    expect([...targets.data]).toEqual([1, 9]);
    expect(inputs.shape).toEqual([2, 32, 32, 3]);
    expect([...inputs.data.subarray(0, 9)]).toEqual([10, 11, 12, 0, 1, 2, 10, 11, 12]);
    expect([...inputs.data.subarray(3072, 3078)]).toEqual([100, 101, 102, 0, 1, 2]);
  });

  it('reads gzipped files, and either label of CIFAR-100', async () => {
    const bytes = file([record([3, 42], 0), record([19, 99], 1)]);
    const root = await temporaryFolder({ 'cifar-100-binary/train.bin.gz': gzipSync(bytes) });
    expect([...((await readCifarHalf(root, small100, 'train', 1)).labels as Uint8Array)]).toEqual([42, 99]);
    expect([...((await readCifarHalf(root, small100, 'train', 0)).labels as Uint8Array)]).toEqual([3, 19]);
  });

  it.each([
    ['truncated', file([record([0], 0)]), 'wrong size, not the 9219 bytes of 3 records'],
    ['too long', Buffer.alloc(9220), 'received 9220'],
    ['gzipped and too long', gzipSync(Buffer.alloc(9220)), 'it unpacks to more than 9219 bytes'],
    [
      'labelled beyond the classes',
      file([record([0], 0), record([10], 0), record([0], 0)]),
      'test_batch.bin at byte 3073, received 10',
    ],
  ])('says what is wrong with a file that is %s', async (_what, bytes, message) => {
    const root = await temporaryFolder({ 'cifar-10-batches-bin/test_batch.bin': bytes });
    await expect(readCifarHalf(root, small10, 'test')).rejects.toMatchObject({ code: 'data' });
    await expect(readCifarHalf(root, small10, 'test')).rejects.toThrow(message);
  });

  it('checks the label that it does not take as well', async () => {
    const root = await temporaryFolder({ 'cifar-100-binary/train.bin': file([record([0, 7], 0), record([20, 7], 0)]) });
    await expect(readCifarHalf(root, small100, 'train', 1)).rejects.toThrow('label out of range 0 … 19');
  });
});

describe('the classes', () => {
  it('are as many as they should be, sorted where they are', () => {
    expect(CIFAR10_CLASSES.length).toBe(10);
    expect([CIFAR100_FINE_CLASSES.length, CIFAR100_COARSE_CLASSES.length]).toEqual([100, 20]);
    for (const names of [CIFAR100_FINE_CLASSES, CIFAR100_COARSE_CLASSES])
      expect(names).toEqual([...new Set(names)].sort());
  });
});

describe('cifar10', () => {
  it('reads the real one', async ({ skip }) => {
    const { splits, inputMax, inputShape } = await cifar10({}, { root: await realData('cifar-10-batches-bin', skip) });
    expect([splits.train.size, splits.test.size]).toEqual([50_000, 10_000]);
    expect(Array.from(splits.train.labels).slice(0, 10)).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    const { mean, std } = await channelStatistics(splits.train, inputShape, inputMax);
    [0.4914, 0.4822, 0.4465].forEach((value, c) => expect(mean[c]).toBeCloseTo(value, 4));
    [0.247, 0.2435, 0.2616].forEach((value, c) => expect(std[c]).toBeCloseTo(value, 4));
  });

  it('says how to get what is missing', async () => {
    await expect(cifar10({}, { root: await temporaryFolder() })).rejects.toThrow(
      "run 'lowbit data fetch cifar10', or set LOWBIT_DATA to the folder that holds cifar-10-batches-bin",
    );
  });
});

describe('cifar100', () => {
  it('takes fine labels, or coarse ones when told so', async () => {
    const half = (count: number): Uint8Array => {
      const bytes = new Uint8Array(count * 3074);
      for (let r = 0; r < count; r++) bytes.set([r % 20, r % 100], r * 3074);
      return gzipSync(bytes, { level: 1 });
    };
    const files = { 'cifar-100-binary/train.bin.gz': half(50_000), 'cifar-100-binary/test.bin.gz': half(10_000) };
    const root = await temporaryFolder(files);
    const fine = await cifar100({ limit: 200, testLimit: 100 }, { root });
    const coarse = await cifar100({ labels: 'coarse', limit: 200, testLimit: 100 }, { root });
    expect([fine.classes.length, Math.max(...Array.from(fine.splits.test.labels))]).toEqual([100, 99]);
    expect([coarse.classes.length, Math.max(...Array.from(coarse.splits.test.labels))]).toEqual([20, 19]);
    await expect(cifar100({ labels: 'finest' } as never)).rejects.toMatchObject({ code: 'config' });
  });
});
