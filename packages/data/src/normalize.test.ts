import { describe, expect, it } from 'vitest';
import { applyNormalization, createNormalization, type NormalizeOption } from './normalize.js';
import { memorySplit } from './splits/memory.js';
import { channelStatistics, pixelMean } from './statistics.js';

/** Two examples of 1×2×2; the second channel never changes. */
const VALUES = Uint8Array.from([0, 51, 51, 51, 102, 51, 255, 51]);
const train = memorySplit(VALUES, [1, 2, 2], Uint8Array.from([0, 1]));
const dataset = {
  name: 'tiny',
  inputShape: [1, 2, 2],
  classes: ['a', 'b'],
  inputMax: 255,
  splits: { train, test: train },
};
const batch = { shape: [2, 1, 2, 2], data: VALUES };

/** (0, .2, .4, 1): mean .4, variance (.16 + .04 + 0 + .36) / 4 = .14. */
const MEAN = [0.4, 0.2];
const STD = Math.sqrt(0.14);

const close = (actual: ArrayLike<number>, expected: readonly number[]): void => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 6));
};

describe('channelStatistics', () => {
  it('gives mean and standard deviation of each channel', async () => {
    const { mean, std } = await channelStatistics(train, [1, 2, 2], 255);
    close(mean, MEAN);
    close(std, [STD, 0]);
  });

  it('reads a split in pieces without losing any', async () => {
    const values = Uint8Array.from({ length: 1000 }, (_, i) => i % 256);
    const { mean } = await channelStatistics(memorySplit(values, [1], new Uint8Array(1000)), [1], 1);
    close(mean, [values.reduce((sum, value) => sum + value, 0) / 1000]);
  });
});

describe('pixelMean', () => {
  it('is the mean example', async () => close(await pixelMean(train, [1, 2, 2], 255), [0.2, 0.2, 0.6, 0.2]));
});

describe('createNormalization', () => {
  const cases: [NormalizeOption, number[]][] = [
    ['unit', [0, 0.2, 0.2, 0.2, 0.4, 0.2, 1, 0.2]],
    ['per-channel', [-0.4 / STD, 0, -0.2 / STD, 0, 0, 0, 0.6 / STD, 0]],
    [{ mean: [0.5, 0.1], std: [0.5, 0.2] }, [-1, 0.5, -0.6, 0.5, -0.2, 0.5, 1, 0.5]],
    [{ mean: [0, 0] }, [0, 0.2, 0.2 / STD, 0.2, 0.4 / STD, 0.2, 1 / STD, 0.2]],
    [{ std: [1, 1] }, [-0.4, 0, -0.2, 0, 0, 0, 0.6, 0]],
    [{ pixelMean: true, mean: [0, 0], std: [1, 1] }, [-0.2, 0, -0.4, 0, 0.2, 0, 0.4, 0]],
    [{ pixelMean: true }, [-0.6 / STD, -0.2, -0.8 / STD, -0.2, -0.2 / STD, -0.2, 0, -0.2]],
  ];
  it.each(cases)('%j', async (option, expected) => {
    const normalization = await createNormalization(dataset, option);
    const { shape, data } = applyNormalization(batch, normalization);
    expect(shape).toEqual(batch.shape);
    close(data, expected);
    // It is plain data.
    expect(applyNormalization(batch, JSON.parse(JSON.stringify(normalization))).data).toEqual(data);
  });

  it('takes the customary statistics of a data set that has them', async () => {
    const statistics = { mean: [0.1, 0.2], std: [0.3, 0.4] };
    expect(await createNormalization({ ...dataset, statistics }, 'per-channel')).toEqual({
      inputMax: 255,
      ...statistics,
    });
  });

  it.each([
    ['unit-variance', 'in normalize'],
    [{ mean: [0.5] }, 'mean needs one number for each of 2 channels, in normalize at mean, received [0.5]'],
    [{ std: [1, 0] }, 'in normalize'],
    [{ means: [1, 1] }, 'in normalize'],
  ])('refuses %j', async (option, message) => {
    const made = createNormalization(dataset, option as NormalizeOption);
    await expect(made).rejects.toMatchObject({ code: 'config' });
    await expect(made).rejects.toThrow(message);
  });
});

describe('applyNormalization', () => {
  it('only copies without a normalization', () => expect([...applyNormalization(batch).data]).toEqual([...VALUES]));
});
