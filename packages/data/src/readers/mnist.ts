import type { DatasetContext } from '@lowbit/plugin-api';
import { z } from 'zod';
import { datasetFactory } from '../dataset.js';
import { badFile, dataRoot, readDataFile } from '../files.js';
import { memorySplit } from '../splits/memory.js';
import type { LabelledSplit } from '../splits/split.js';
import { chooseSplits, splitOptions } from '../splits/subset.js';
import { parseIdx } from './idx.js';
import { checkLabels } from './labels.js';

const SIDE = 28;
const MOST_BYTES = 2 ** 26;

/** A data set in MNIST's four files, each gzipped or not, in the data folder's subfolder of its name. */
function mnistLike(name: string, classes: readonly string[]) {
  return datasetFactory(name, z.strictObject(splitOptions), async (options, context: DatasetContext) => {
    const root = await dataRoot(context.root);
    const [train, test] = [await readHalf(root, name, 'train', classes), await readHalf(root, name, 't10k', classes)];
    return {
      name,
      inputShape: [SIDE, SIDE, 1],
      classes,
      inputMax: 255,
      splits: chooseSplits(train, test, options, `dataset '${name}'`),
    };
  });
}

async function readHalf(root: string, name: string, half: string, classes: readonly string[]): Promise<LabelledSplit> {
  const read = (file: string): ReturnType<typeof readDataFile> =>
    readDataFile(root, `${name}/${half}-${file}-ubyte`, name, MOST_BYTES);
  const imageFile = await read('images-idx3');
  const labelFile = await read('labels-idx1');
  const images = parseIdx(imageFile, 3, name);
  const labels = parseIdx(labelFile, 1, name);
  const [count, height, width] = images.shape;
  if (height !== SIDE || width !== SIDE) {
    throw badFile(`images of another size than ${SIDE}×${SIDE}`, imageFile.path, `${height}×${width}`, name);
  }
  if (count !== labels.shape[0]) {
    throw badFile(`another number of labels than the ${count} images beside it`, labelFile.path, labels.shape[0], name);
  }
  checkLabels(labels.data, classes.length, { path: labelFile.path, offset: 8, stride: 1, dataset: name });
  return memorySplit(images.data, [SIDE, SIDE, 1], labels.data);
}

/**
 * MNIST, 28×28×1 bytes: 60,000 training and 10,000 test digits in
 * `mnist/{train,t10k}-{images-idx3,labels-idx1}-ubyte[.gz]`.
 *
 * @throws LowbitError ('config') bad options; ('data') a missing, truncated, corrupted or wrong file; ('io') an
 *   unreadable one
 */
export const mnist = mnistLike('mnist', ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);

/**
 * Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf, 2017), 28×28×1 bytes: 60,000 training and 10,000 test articles of
 * clothing in `fashion-mnist/`, in MNIST's files.
 *
 * @throws LowbitError as `mnist`
 */
export const fashionMnist = mnistLike('fashion-mnist', [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
]);
