export { default } from './plugin.js';
export { digits } from './readers/digits.js';
export { fashionMnist, mnist } from './readers/mnist.js';
export { cifar10, cifar100 } from './readers/cifar.js';
export { imageFolder, IMAGENET_STATISTICS } from './readers/image-folder.js';
export type { DatasetFactory } from './dataset.js';
export type { ChannelStatistics, Crop, CroppingSplit, LabelledDataset, LabelledSplit } from './splits/split.js';
export { memorySplit } from './splits/memory.js';
export { chooseSplits, subset, type SplitOptions } from './splits/subset.js';
export type { Augmentation, ImageShape } from './augment/augmentation.js';
export { flip } from './augment/flip.js';
export { padCrop } from './augment/pad-crop.js';
export { randomResizedCrop, type RandomResizedCropOptions } from './augment/random-resized-crop.js';
export { augmentSchema, createAugmentations, type AugmentationSpec } from './augment/options.js';
export { channelStatistics, pixelMean } from './statistics.js';
export {
  applyNormalization,
  createNormalization,
  normalizeSchema,
  type Normalization,
  type NormalizeOption,
} from './normalize.js';
export { batches, readBatch, stepsPerEpoch, type Batch, type BatchOptions, type PrepareOptions } from './batches.js';
export { epochOrder } from './order.js';
export { deriveSeed, randomFor, type RandomGenerator } from './seed.js';
export { dataRoot } from './files.js';
export { fetchDataset, type Fetched, type FetchOptions, type FetchProgress } from './fetch/fetch.js';
export { listDatasets, type ListedDataset } from './fetch/list.js';
