import { LowbitError, parseOptions, type Dataset, type NdArray } from '@lowbit/plugin-api';
import { z } from 'zod';
import type { ChannelStatistics } from './splits/split.js';
import { channelStatistics, pixelMean } from './statistics.js';

/**
 * y = (x / inputMax − pixelMean − mean) / std, `mean` and `std` by channel (the last axis). Plain data: it can be kept
 * with a model and applied to whatever the model is shown later.
 */
export interface Normalization {
  /** What 1 stands for in the stored inputs. */
  readonly inputMax: number;
  /** Per channel, of inputs in [0, 1]; 0 when absent. */
  readonly mean?: readonly number[];
  /** Per channel, of inputs in [0, 1]; 1 when absent. */
  readonly std?: readonly number[];
  /** The mean training example, in [0, 1]; 0 when absent. */
  readonly pixelMean?: readonly number[];
}

const perChannel = z.array(z.number()).min(1);

/**
 * `normalize` in a config:
 * - `'unit'`: to [0, 1];
 * - `'per-channel'`: to mean 0 and standard deviation 1 in each channel of the training split (for image folders
 *   ImageNet's customary constants, for theirs would take decoding every image);
 * - an object: `mean` and `std` given, of inputs in [0, 1], each as for 'per-channel' where left out; with `pixelMean:
 *   true` the mean training example is subtracted first, so that `{ pixelMean: true }` is what the CIFAR script of
 *   L-SSPQ does.
 */
export const normalizeSchema = z.union([
  z.enum(['unit', 'per-channel']),
  z.strictObject({
    mean: perChannel.optional(),
    std: z.array(z.number().positive()).min(1).optional(),
    pixelMean: z.boolean().optional(),
  }),
]);

export type NormalizeOption = z.infer<typeof normalizeSchema>;

/**
 * Works out what `normalize` in a config stands for on a data set, from its training split as it is (after `limit`).
 *
 * @throws LowbitError ('config') a bad option, or another number of means or deviations than there are channels
 */
export async function createNormalization(
  dataset: Dataset & { readonly statistics?: ChannelStatistics },
  option: NormalizeOption,
  where = 'normalize',
): Promise<Normalization> {
  const parsed = parseOptions(normalizeSchema, option, where);
  const { inputMax, inputShape } = dataset;
  if (parsed === 'unit') return { inputMax };
  const given = parsed === 'per-channel' ? {} : parsed;
  const channels = inputShape.at(-1)!;
  for (const key of ['mean', 'std'] as const) {
    if (given[key] === undefined || given[key].length === channels) continue;
    const what = `${key} needs one number for each of ${channels} channels`;
    throw new LowbitError('config', { what, where: `${where} at ${key}`, received: given[key] });
  }
  const { train } = dataset.splits;
  const needed = given.mean === undefined || given.std === undefined;
  const known = needed ? (dataset.statistics ?? (await channelStatistics(train, inputShape, inputMax))) : undefined;
  return {
    inputMax,
    mean: given.mean ?? known!.mean,
    // A channel that never changes is only centred.
    std: given.std ?? known!.std.map((deviation) => deviation || 1),
    ...(given.pixelMean ? { pixelMean: await pixelMean(train, inputShape, inputMax) } : {}),
  };
}

/** Normalizes one example's values from `input` into `out`. */
export type Normalizer = (input: NdArray['data'], out: Float32Array) => void;

/** Prepares a normalization for examples of `length` values; without one the values are only copied. */
export function normalizer(length: number, normalization?: Normalization): Normalizer {
  if (!normalization) return (input, out) => out.set(input);
  const { inputMax, mean = [0], std = [1], pixelMean: centre = [0] } = normalization;
  const at = (values: readonly number[], i: number): number => values[i % values.length]!;
  const scale = Float64Array.from({ length }, (_, i) => 1 / (inputMax * at(std, i)));
  const shift = Float64Array.from({ length }, (_, i) => (at(centre, i) + at(mean, i)) / at(std, i));
  return (input, out) => {
    for (let i = 0; i < length; i++) out[i] = input[i]! * scale[i]! - shift[i]!;
  };
}

/** Normalizes examples [n, …] of a data set: what evaluation and inference feed a model. */
export function applyNormalization({ shape, data }: NdArray, normalization?: Normalization): NdArray<Float32Array> {
  const length = data.length / shape[0]!;
  const normalize = normalizer(length, normalization);
  const out = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += length) {
    normalize(data.subarray(start, start + length), out.subarray(start, start + length));
  }
  return { shape, data: out };
}
