import type { NdArray, Split } from '@lowbit/plugin-api';
import type { ChannelStatistics } from './splits/split.js';

const AT_ONCE = 256;

/**
 * Mean and standard deviation (of the population) of each channel over a split, of inputs scaled to [0, 1]. Sums are
 * exact for the integers of image files.
 *
 * @param inputShape shape of one example, its last side the channels
 */
export async function channelStatistics(
  split: Split,
  inputShape: readonly number[],
  inputMax: number,
): Promise<ChannelStatistics> {
  const channels = inputShape.at(-1)!;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for await (const values of inputs(split)) {
    for (let pixel = 0; pixel < values.length; pixel += channels) {
      for (let c = 0; c < channels; c++) {
        const value = values[pixel + c]!;
        sums[c]! += value;
        squares[c]! += value * value;
      }
    }
  }
  const count = (split.size * product(inputShape)) / channels;
  const mean = Array.from(sums, (sum) => sum / count);
  const std = mean.map((m, c) => Math.sqrt(Math.max(0, squares[c]! / count - m * m)) / inputMax);
  return { mean: mean.map((m) => m / inputMax), std };
}

/** The mean example of a split, value by value, scaled to [0, 1]. */
export async function pixelMean(split: Split, inputShape: readonly number[], inputMax: number): Promise<number[]> {
  const sums = new Float64Array(product(inputShape));
  for await (const values of inputs(split)) {
    for (let start = 0; start < values.length; start += sums.length) {
      for (let i = 0; i < sums.length; i++) sums[i]! += values[start + i]!;
    }
  }
  return Array.from(sums, (sum) => sum / split.size / inputMax);
}

async function* inputs(split: Split): AsyncGenerator<NdArray['data']> {
  for (let start = 0; start < split.size; start += AT_ONCE) {
    const length = Math.min(AT_ONCE, split.size - start);
    yield (await split.read(Array.from({ length }, (_, i) => start + i))).inputs.data;
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, side) => all * side, 1);
}
