import { LowbitError, type Examples, type NdArray, type Split } from '@lowbit/plugin-api';
import type { Augmentation, ImageShape } from './augment/augmentation.js';
import { normalizer, type Normalization } from './normalize.js';
import { epochOrder } from './order.js';
import { randomFor, type RandomGenerator } from './seed.js';
import { canCrop } from './splits/split.js';

/** Examples ready for a model. */
export interface Batch {
  /** float32 [n, height, width, channels]. */
  readonly inputs: NdArray<Float32Array>;
  /** int32 [n] class indices; float32 where the data set gives its targets as such. */
  readonly targets: NdArray<Int32Array | Float32Array>;
}

/** How an example is made ready. What is random depends on nothing but `seed`, `epoch` and the example's index. */
export interface PrepareOptions {
  /** 0 by default. */
  readonly seed?: number;
  /** Number of the epoch, 0 by default: each has its own order and its own augmentation. */
  readonly epoch?: number;
  /** Applied in this order, to the values as they are stored. */
  readonly augment?: readonly Augmentation[];
  /** Applied after augmentation; left out, the values stay as they are stored. */
  readonly normalize?: Normalization;
}

export interface BatchOptions extends PrepareOptions {
  readonly batchSize: number;
  /** Whether each epoch has a random order; true by default. */
  readonly shuffle?: boolean;
  /** Whether to leave out the last batch when it is smaller than the others; false by default. */
  readonly dropRemainder?: boolean;
  /** The first batch to give, for going on inside an epoch; those before it are not read. */
  readonly startStep?: number;
}

/** The number of batches in an epoch. */
export function stepsPerEpoch(size: number, batchSize: number, dropRemainder = false): number {
  return dropRemainder ? Math.floor(size / batchSize) : Math.ceil(size / batchSize);
}

/**
 * The batches of one epoch, in order; while one is used the next is read.
 *
 * Batch k holds the examples k · batchSize … of the epoch's order, a permutation that depends on `seed` and `epoch`
 * alone, so that any number of workers that share the steps out between them give the same batches as one.
 *
 * @throws LowbitError ('usage') a batch size, start step, seed or epoch that is none; ('config') an augmentation of
 *   what are not images; whatever reading throws
 */
export async function* batches(split: Split, options: BatchOptions): AsyncGenerator<Batch, void, void> {
  const { batchSize, seed = 0, epoch = 0, shuffle = true, dropRemainder = false, startStep = 0 } = options;
  checkInteger('batchSize', batchSize, 1);
  checkInteger('startStep', startStep, 0);
  checkInteger('epoch', epoch, 0);
  checkInteger('seed', seed, Number.MIN_SAFE_INTEGER);
  const order = shuffle ? epochOrder(split.size, seed, epoch) : undefined;
  const indicesOf = (step: number): number[] => {
    const first = step * batchSize;
    return Array.from({ length: Math.min(batchSize, split.size - first) }, (_, i) => order?.[first + i] ?? first + i);
  };
  const steps = stepsPerEpoch(split.size, batchSize, dropRemainder);
  const read = (step: number): Promise<Batch> | undefined => {
    if (step >= steps) return undefined;
    const batch = readBatch(split, indicesOf(step), options);
    // A batch read ahead may fail while nobody waits for it yet; whoever takes it is told.
    batch.catch(() => undefined);
    return batch;
  };
  let ahead = read(startStep);
  for (let step = startStep; ahead; step++) {
    const batch = await ahead;
    ahead = read(step + 1);
    yield batch;
  }
}

/**
 * Reads, augments and normalizes the examples at `indices`.
 *
 * @throws LowbitError ('config') an augmentation of what are not images; whatever reading throws
 */
export async function readBatch(
  split: Split,
  indices: readonly number[],
  options: PrepareOptions = {},
): Promise<Batch> {
  const { seed = 0, epoch = 0, augment = [] } = options;
  const randoms = augment.length > 0 ? indices.map((index) => randomFor(seed, 'augment', epoch, index)) : [];
  const [first, ...others] = augment;
  const cut = first?.crop && canCrop(split) ? first.crop : undefined;
  const examples =
    cut && canCrop(split)
      ? await split.readCropped(indices, (i, height, width) => cut(height, width, randoms[i]!))
      : await split.read(indices);
  const { shape } = examples.inputs;
  const data = prepare(examples, cut ? others : augment, randoms, options.normalize);
  return { inputs: { shape, data }, targets: asTargets(examples.targets) };
}

function prepare(
  { inputs: { shape, data } }: Examples,
  augment: readonly Augmentation[],
  randoms: readonly RandomGenerator[],
  normalization?: Normalization,
): Float32Array {
  const length = data.length / shape[0]!;
  const normalize = normalizer(length, normalization);
  const out = new Float32Array(data.length);
  let image = new Float32Array(length);
  let changed = new Float32Array(length);
  for (let i = 0; i < shape[0]!; i++) {
    image.set(data.subarray(i * length, (i + 1) * length));
    for (const augmentation of augment) {
      augmentation.apply(image, changed, imageShape(shape), randoms[i]!);
      [image, changed] = [changed, image];
    }
    normalize(image, out.subarray(i * length, (i + 1) * length));
  }
  return out;
}

function imageShape([, ...shape]: readonly number[]): ImageShape {
  const [height, width, channels, ...more] = shape;
  if (channels !== undefined && more.length === 0) return [height!, width!, channels];
  const what = 'only images [height, width, channels] can be augmented';
  throw new LowbitError('config', { what, where: 'augment', received: `[${shape.join(', ')}]` });
}

function asTargets({ shape, data }: NdArray): Batch['targets'] {
  return { shape, data: data instanceof Uint8Array ? Int32Array.from(data) : data };
}

function checkInteger(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  const what = least > Number.MIN_SAFE_INTEGER ? `${name} must be an integer ≥ ${least}` : `${name} must be an integer`;
  throw new LowbitError('usage', { what, where: 'batches', received: value });
}
