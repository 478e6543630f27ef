import type { Split } from '@lowbit/plugin-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAugmentations } from './augment/options.js';
import { batches, readBatch, stepsPerEpoch, type Batch, type BatchOptions } from './batches.js';
import { createNormalization } from './normalize.js';
import { epochOrder } from './order.js';
import { digits } from './readers/digits.js';
import { memorySplit } from './splits/memory.js';

/** Examples of one value, which is their index and their label. */
function numbered(size: number) {
  const values = Uint8Array.from({ length: size }, (_, i) => i);
  return memorySplit(values, [1, 1, 1], values);
}

async function collect(split: Split, options: BatchOptions): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of batches(split, options)) all.push(batch);
  return all;
}

const labels = (all: readonly Batch[]): number[][] => all.map(({ targets }) => [...targets.data]);

describe('batches', () => {
  it('gives every example once, in the order of the epoch', async () => {
    const options = fc.record({
      size: fc.integer({ min: 1, max: 40 }),
      batchSize: fc.integer({ min: 1, max: 12 }),
      seed: fc.integer(),
      epoch: fc.nat(),
      dropRemainder: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ size, ...rest }) => {
        const all = await collect(numbered(size), rest);
        expect(all.length).toBe(stepsPerEpoch(size, rest.batchSize, rest.dropRemainder));
        const kept = rest.dropRemainder ? size - (size % rest.batchSize) : size;
        expect(labels(all).flat()).toEqual([...epochOrder(size, rest.seed, rest.epoch)].slice(0, kept));
        for (const { inputs, targets } of all) {
          expect(inputs.shape).toEqual([targets.shape[0], 1, 1, 1]);
          expect([...inputs.data]).toEqual([...targets.data]);
        }
      }),
    );
  });

  it('keeps the order of the split when not shuffling', async () => {
    expect(labels(await collect(numbered(5), { batchSize: 2, shuffle: false }))).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('goes on inside an epoch without reading what was skipped', async () => {
    const read: number[] = [];
    const split = numbered(20);
    const watched: Split = { size: 20, read: (indices) => (read.push(...indices), split.read(indices)) };
    const options = { batchSize: 6, seed: 3, epoch: 1 };
    const whole = await collect(split, options);
    expect(await collect(watched, { ...options, startStep: 2 })).toEqual(whole.slice(2));
    expect(read).toEqual([...epochOrder(20, 3, 1)].slice(12));
    expect(await collect(split, { ...options, startStep: 4 })).toEqual([]);
  });

  it('reads one batch ahead and no more', async () => {
    let reads = 0;
    const split = numbered(20);
    const counted: Split = { size: 20, read: (indices) => (reads++, split.read(indices)) };
    for await (const _batch of batches(counted, { batchSize: 2 })) break;
    expect(reads).toBe(2);
  });

  it('fails where the bad batch would have come, and leaves no rejection behind', async () => {
    const split = numbered(6);
    const failing: Split = {
      size: 6,
      read: async (indices) => {
        if (indices.includes(2)) throw new Error('broken');
        return split.read(indices);
      },
    };
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const { targets } of batches(failing, { batchSize: 2, shuffle: false })) seen.push(...targets.data);
    };
    await expect(run()).rejects.toThrow('broken');
    expect(seen).toEqual([0, 1]);
    for await (const _batch of batches(failing, { batchSize: 2, shuffle: false })) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it.each([
    [{ batchSize: 0 }, 'batchSize must be an integer ≥ 1, in batches, received 0'],
    [{ batchSize: 2, startStep: -1 }, 'startStep must be an integer ≥ 0'],
    [{ batchSize: 2, epoch: 0.5 }, 'epoch must be an integer ≥ 0'],
    [{ batchSize: 2, seed: NaN }, 'seed must be an integer, in batches, received NaN'],
  ])('refuses %j', async (options, message) => {
    await expect(collect(numbered(4), options)).rejects.toThrow(message);
  });
});

describe('augmentation and normalization', () => {
  it('depend on seed, epoch and example alone, whatever the batches', async () => {
    const { splits, ...rest } = await digits({ limit: 40 });
    const normalize = await createNormalization({ splits, ...rest }, 'per-channel');
    const augment = createAugmentations(['random-resized-crop', { augment: 'pad-crop', pad: 1 }, 'flip']);
    const byExample = async (options: Partial<BatchOptions>): Promise<Map<number, string>> => {
      const found = new Map<number, string>();
      const all = { batchSize: 7, seed: 5, epoch: 2, augment, normalize, ...options };
      const order = all.shuffle === false ? [...Array(40).keys()] : epochOrder(40, all.seed, all.epoch);
      let next = 0;
      for await (const { inputs } of batches(splits.train, all)) {
        for (let i = 0; i < inputs.shape[0]!; i++)
          found.set(order[next++]!, inputs.data.subarray(i * 64, (i + 1) * 64).join());
      }
      return new Map([...found].sort(([a], [b]) => a - b));
    };
    const reference = await byExample({});
    expect(reference.size).toBe(40);
    expect(await byExample({ batchSize: 11 })).toEqual(reference);
    expect(await byExample({ shuffle: false })).toEqual(reference);
    expect(await byExample({ epoch: 3 })).not.toEqual(reference);
    expect(await byExample({ seed: 6 })).not.toEqual(reference);
  });

  it('are the same when two workers share the steps out', async () => {
    const { splits } = await digits({ limit: 40 });
    const options = { batchSize: 6, seed: 5, epoch: 2, augment: createAugmentations(['pad-crop', 'flip']) };
    const alone = await collect(splits.train, options);
    const order = [...epochOrder(40, options.seed, options.epoch)];
    const shared: Batch[] = [];
    for (const worker of [1, 0]) {
      for (let step = worker; step < alone.length; step += 2) {
        shared[step] = await readBatch(splits.train, order.slice(6 * step, 6 * step + 6), options);
      }
    }
    expect(shared).toEqual(alone);
  });

  it('come in this order: stored values, augmentation, normalization', async () => {
    const split = memorySplit(Uint8Array.from([10, 20, 30, 40]), [2, 2, 1], new Uint8Array(1));
    const addOne = {
      name: 'add-one',
      apply: (x: Float32Array, y: Float32Array) => x.forEach((v, i) => (y[i] = v + 1)),
    };
    const double = { name: 'double', apply: (x: Float32Array, y: Float32Array) => x.forEach((v, i) => (y[i] = v * 2)) };
    const normalize = { inputMax: 2, mean: [1], std: [0.5] };
    const { inputs } = await readBatch(split, [0], { augment: [addOne, double], normalize });
    expect([...inputs.data]).toEqual([20, 40, 60, 80]);
  });

  it('cut before decoding where the split can and the crop comes first', async () => {
    const plain = memorySplit(new Uint8Array(2 * 16).fill(7), [4, 4, 1], new Uint8Array(2));
    const seen: [number, number][] = [];
    const cropping = {
      ...plain,
      readCropped: async (
        indices: readonly number[],
        choose: (i: number, h: number, w: number) => { height: number; width: number },
      ) => {
        indices.forEach((_, i) => seen.push([choose(i, 100, 50).height, choose(i, 100, 50).width]));
        return plain.read(indices);
      },
    };
    const crop = createAugmentations([{ augment: 'random-resized-crop', scale: [1, 1], ratio: [0.5, 0.5] }]);
    await readBatch(cropping, [0, 1], { augment: crop });
    expect(seen).toEqual([
      [100, 50],
      [100, 50],
    ]);
    await readBatch(cropping, [0, 1], { augment: [...createAugmentations(['flip']), ...crop] });
    expect(seen.length).toBe(2);
  });

  it('refuse to augment what are not images', async () => {
    const vectors = memorySplit(new Uint8Array(6), [3], new Uint8Array(2));
    await expect(readBatch(vectors, [0], { augment: createAugmentations(['flip']) })).rejects.toThrow(
      "only images [height, width, channels] can be augmented, in augment, received '[3]'",
    );
  });
});
