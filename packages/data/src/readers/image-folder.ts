import { LowbitError } from '@lowbit/plugin-api';
import { z } from 'zod';
import { datasetFactory } from '../dataset.js';
import { dataRoot } from '../files.js';
import { checkIndices, type CroppingSplit } from '../splits/split.js';
import { chooseSplits, splitOptions } from '../splits/subset.js';
import { centreCrop, decodeImage, loadSharp, type ChooseCrop } from './sharp.js';

const IMAGE_FILE = /\.(jpe?g|png|webp)$/i;
/** Images that are decoded at a time: enough to keep every decoding thread busy, few enough to hold in memory. */
const AT_ONCE = 8;

/** The constants that ImageNet models are trained with, as torchvision documents them. */
export const IMAGENET_STATISTICS = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

const imageFolderOptions = z.strictObject({
  ...splitOptions,
  /** The folder, absolute or inside the data folder. */
  path: z.string().min(1),
  /** Height and width of an example; 224 by default. */
  size: z.int().positive().optional(),
  /** Length of the shorter side before the middle is cut out; size · 256 / 224 by default. */
  resize: z.int().positive().optional(),
});

/**
 * A folder of images by class in ImageNet's layout: `PATH/{train,val|test}/CLASS/*.{jpg,jpeg,png,webp}`. The classes
 * are the folders of `train`, sorted; `val` is read as the test split when there is no `test`. Only the paths are held:
 * an image is decoded (by `sharp`, an optional peer) whenever it is read. Reading resizes the shorter side to `resize`
 * and cuts `size` × `size` × 3 bytes out of the middle; random-resized-crop cuts its piece out of the original instead.
 *
 * @throws LowbitError ('config') bad options; ('data') no such folder, an empty class, a class that `train` lacks,
 *   later an unreadable image; ('unsupported') without `sharp`
 */
export const imageFolder = datasetFactory('image-folder', imageFolderOptions, async (options, context) => {
  const { size = 224 } = options;
  const { resize = Math.round((size * 256) / 224) } = options;
  const where = "dataset 'image-folder'";
  if (resize < size) {
    const hint = `the middle of ${size}×${size} pixels is cut out after resizing`;
    throw new LowbitError('config', {
      what: 'resize is smaller than size',
      where: `${where} at resize`,
      received: resize,
      hint,
    });
  }
  const path = await import('node:path');
  const folder = path.resolve(await dataRoot(context.root), options.path);
  const halves = await list(folder);
  const train = path.join(folder, 'train');
  if (!halves.folders.includes('train')) throw missing('no folder of training images', train);
  const half = ['test', 'val'].find((name) => halves.folders.includes(name));
  if (half === undefined) throw missing('no folder of test images', path.join(folder, 'val'));
  const classes = (await list(train)).folders;
  if (classes.length === 0) throw missing('no folder of a class', train);
  const decode = { sharp: await loadSharp(), size, resize };
  const splits = chooseSplits(
    pathSplit(await listImages(train, classes), decode),
    pathSplit(await listImages(path.join(folder, half), classes), decode),
    options,
    where,
  );
  return {
    name: 'image-folder',
    inputShape: [size, size, 3],
    classes,
    inputMax: 255,
    splits,
    statistics: IMAGENET_STATISTICS,
  };
});

interface ImageList {
  readonly paths: string[];
  readonly labels: number[];
}

async function listImages(folder: string, classes: readonly string[]): Promise<ImageList> {
  const path = await import('node:path');
  const unknown = (await list(folder)).folders.find((name) => !classes.includes(name));
  if (unknown !== undefined) throw missing('a class without training images', path.join(folder, unknown));
  const images: ImageList = { paths: [], labels: [] };
  for (const [label, name] of classes.entries()) {
    const files = (await list(path.join(folder, name))).files.filter((file) => IMAGE_FILE.test(file));
    if (files.length === 0) throw missing('no image of a class', path.join(folder, name));
    for (const file of files) {
      images.paths.push(path.join(folder, name, file));
      images.labels.push(label);
    }
  }
  return images;
}

/** What a folder holds, sorted by code unit so that the order is the same everywhere. Links are followed. */
async function list(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const [{ readdir, stat }, path] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw missing(cause.code === 'ENOENT' ? 'no such folder' : 'cannot list a folder', folder, cause);
  });
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of entries) {
    const link = entry.isSymbolicLink() ? await stat(path.join(folder, entry.name)).catch(() => entry) : entry;
    if (link.isDirectory()) folders.push(entry.name);
    else if (link.isFile()) files.push(entry.name);
  }
  return { folders: folders.sort(), files: files.sort() };
}

function missing(what: string, where: string, cause?: NodeJS.ErrnoException): LowbitError {
  const hint = "lay the images out as PATH/{train,val}/CLASS/*.jpg and give the option 'path'";
  return new LowbitError('data', { what, where, received: cause?.code, hint }, { cause });
}

interface Decode {
  readonly sharp: Awaited<ReturnType<typeof loadSharp>>;
  readonly size: number;
  readonly resize: number;
}

function pathSplit({ paths, labels }: ImageList, { sharp, size, resize }: Decode): CroppingSplit {
  const length = size * size * 3;
  const read = async (
    indices: readonly number[],
    crop: (i: number) => ChooseCrop,
  ): ReturnType<CroppingSplit['read']> => {
    checkIndices(indices, paths.length);
    const data = new Uint8Array(indices.length * length);
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < indices.length) {
        const i = next++;
        try {
          data.set(await decodeImage(sharp, paths[indices[i]!]!, size, crop(i)), i * length);
        } catch (error) {
          next = indices.length;
          throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    const targets = Int32Array.from(indices, (index) => labels[index]!);
    return {
      inputs: { shape: [indices.length, size, size, 3], data },
      targets: { shape: [indices.length], data: targets },
    };
  };
  return {
    size: paths.length,
    labels,
    read: (indices) => read(indices, () => (height, width) => centreCrop(height, width, size, resize)),
    readCropped: (indices, choose) => read(indices, (i) => (height, width) => choose(i, height, width)),
  };
}
