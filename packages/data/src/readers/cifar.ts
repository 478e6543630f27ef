import { z } from 'zod';
import { datasetFactory } from '../dataset.js';
import { badFile, dataRoot, readDataFile } from '../files.js';
import { memorySplit } from '../splits/memory.js';
import type { LabelledSplit } from '../splits/split.js';
import { chooseSplits, splitOptions } from '../splits/subset.js';
import { CIFAR100_COARSE_CLASSES, CIFAR100_FINE_CLASSES, CIFAR10_CLASSES } from './cifar-classes.js';
import { checkLabels } from './labels.js';

const SHAPE = [32, 32, 3] as const;
const PLANE = 32 * 32;
const IMAGE = 3 * PLANE;

/** How a binary version of CIFAR lies in its files: records of label bytes, then the red, green and blue planes. */
export interface CifarLayout {
  readonly dataset: string;
  readonly folder: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** Records in each file. */
  readonly records: { readonly train: number; readonly test: number };
  /** For each label byte of a record, the number of its classes. */
  readonly labels: readonly number[];
}

export const CIFAR10: CifarLayout = {
  dataset: 'cifar10',
  folder: 'cifar-10-batches-bin',
  train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
  test: ['test_batch.bin'],
  records: { train: 10_000, test: 10_000 },
  labels: [CIFAR10_CLASSES.length],
};

export const CIFAR100: CifarLayout = {
  dataset: 'cifar100',
  folder: 'cifar-100-binary',
  train: ['train.bin'],
  test: ['test.bin'],
  records: { train: 50_000, test: 10_000 },
  labels: [CIFAR100_COARSE_CLASSES.length, CIFAR100_FINE_CLASSES.length],
};

/**
 * Reads one half of a CIFAR data set, a file at a time.
 *
 * @param label which label byte of a record is the class
 * @throws LowbitError ('data') a missing, truncated, corrupted or wrong-sized file, a label that is no class
 */
export async function readCifarHalf(
  root: string,
  layout: CifarLayout,
  half: 'train' | 'test',
  label = 0,
): Promise<LabelledSplit> {
  const { dataset, folder } = layout;
  const files = layout[half];
  const records = layout.records[half];
  const stride = layout.labels.length + IMAGE;
  const images = new Uint8Array(files.length * records * IMAGE);
  const labels = new Uint8Array(files.length * records);
  for (const [f, file] of files.entries()) {
    const { path, bytes } = await readDataFile(root, `${folder}/${file}`, dataset, records * stride);
    if (bytes.length !== records * stride) {
      throw badFile(`wrong size, not the ${records * stride} bytes of ${records} records`, path, bytes.length, dataset);
    }
    for (const [offset, classes] of layout.labels.entries()) {
      const column = Uint8Array.from({ length: records }, (_, r) => bytes[r * stride + offset]!);
      checkLabels(column, classes, { path, offset, stride, dataset });
      if (offset === label) labels.set(column, f * records);
    }
    for (let r = 0; r < records; r++) {
      interleave(bytes, r * stride + layout.labels.length, images, (f * records + r) * IMAGE);
    }
  }
  return memorySplit(images, SHAPE, labels);
}

/** Three planes of 32×32 to 32×32×3. */
function interleave(from: Uint8Array, at: number, to: Uint8Array, place: number): void {
  for (let p = 0; p < PLANE; p++) {
    to[place + 3 * p] = from[at + p]!;
    to[place + 3 * p + 1] = from[at + PLANE + p]!;
    to[place + 3 * p + 2] = from[at + 2 * PLANE + p]!;
  }
}

/**
 * CIFAR-10 (A. Krizhevsky, 2009), binary version, 32×32×3 bytes: 50,000 training and 10,000 test images in
 * `cifar-10-batches-bin/`, each file gzipped or not.
 *
 * @throws LowbitError ('config') bad options; ('data') a missing, truncated, corrupted or wrong file; ('io') an
 *   unreadable one
 */
export const cifar10 = datasetFactory('cifar10', z.strictObject(splitOptions), async (options, context) => {
  const root = await dataRoot(context.root);
  const [train, test] = [await readCifarHalf(root, CIFAR10, 'train'), await readCifarHalf(root, CIFAR10, 'test')];
  const splits = chooseSplits(train, test, options, "dataset 'cifar10'");
  return { name: 'cifar10', inputShape: SHAPE, classes: CIFAR10_CLASSES, inputMax: 255, splits };
});

const cifar100Options = z.strictObject({
  ...splitOptions,
  /** The 100 fine classes (the default) or the 20 coarse ones. */
  labels: z.enum(['fine', 'coarse']).optional(),
});

/**
 * CIFAR-100 (A. Krizhevsky, 2009), binary version, 32×32×3 bytes: 50,000 training and 10,000 test images in
 * `cifar-100-binary/`, each file gzipped or not. `labels: 'coarse'` takes the 20 coarse classes.
 *
 * @throws LowbitError as `cifar10`
 */
export const cifar100 = datasetFactory('cifar100', cifar100Options, async (options, context) => {
  const root = await dataRoot(context.root);
  const coarse = options.labels === 'coarse';
  const label = coarse ? 0 : 1;
  const train = await readCifarHalf(root, CIFAR100, 'train', label);
  const test = await readCifarHalf(root, CIFAR100, 'test', label);
  return {
    name: 'cifar100',
    inputShape: SHAPE,
    classes: coarse ? CIFAR100_COARSE_CLASSES : CIFAR100_FINE_CLASSES,
    inputMax: 255,
    splits: chooseSplits(train, test, options, "dataset 'cifar100'"),
  };
});
