import { rm } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAugmentations } from '../augment/options.js';
import { readBatch } from '../batches.js';
import { createNormalization } from '../normalize.js';
import type { LabelledDataset } from '../splits/split.js';
import { temporaryFolder } from '../testing/folder.js';
import { imageFolder, IMAGENET_STATISTICS } from './image-folder.js';
import { centreCrop, loadSharp } from './sharp.js';

type Format = 'png' | 'jpeg' | 'webp';

/** An image whose pixels `colour` gives. */
function image(
  width: number,
  height: number,
  colour: (x: number, y: number) => number[],
  format: Format = 'png',
): Promise<Buffer> {
  const pixels = Array.from({ length: height * width }, (_, i) => colour(i % width, Math.floor(i / width)));
  const channels = pixels[0]!.length as 1 | 3 | 4;
  return sharp(Uint8Array.from(pixels.flat()), { raw: { width, height, channels } }).toFormat(format).toBuffer();
}

const plain = (...colour: number[]): Promise<Buffer> => image(12, 10, () => colour);

let files: Record<string, Buffer>;
beforeAll(async () => {
  files = {
    'pets/train/cat/1.png': await plain(10, 20, 30),
    'pets/train/cat/2.PNG': await plain(40, 50, 60),
    'pets/train/cat/notes.txt': Buffer.from('not an image'),
    'pets/train/dog/1.jpeg': await image(9, 9, () => [200, 100, 50], 'jpeg'),
    'pets/train/dog/2.webp': await image(9, 9, () => [0, 0, 255], 'webp'),
    'pets/val/dog/1.png': await plain(1, 2, 3),
    'pets/val/cat/1.png': await plain(4, 5, 6),
  };
});

const options = { path: 'pets', size: 4, resize: 4 };
const load = async (more: Record<string, Buffer> = {}): Promise<LabelledDataset> =>
  imageFolder(options, { root: await temporaryFolder({ ...files, ...more }) });

describe('imageFolder', () => {
  it('finds classes and images, sorted, and decodes them when read', async () => {
    const { classes, inputShape, inputMax, splits } = await load();
    expect([classes, inputShape, inputMax]).toEqual([['cat', 'dog'], [4, 4, 3], 255]);
    expect([[...Array.from(splits.train.labels)], [...Array.from(splits.test.labels)]]).toEqual([
      [0, 0, 1, 1],
      [0, 1],
    ]);
    const { inputs, targets } = await splits.train.read([1, 3, 0]);
    expect([inputs.shape, [...targets.data]]).toEqual([
      [3, 4, 4, 3],
      [0, 1, 0],
    ]);
    expect([...inputs.data.subarray(0, 6)]).toEqual([40, 50, 60, 40, 50, 60]);
    expect([...inputs.data.subarray(96, 99)]).toEqual([10, 20, 30]);
    expect(Math.abs(inputs.data[50]! - 255)).toBeLessThanOrEqual(3);
  });

  it('prefers test to val, follows absolute paths', async () => {
    const root = await temporaryFolder({
      ...files,
      'pets/test/cat/1.png': await plain(7, 7, 7),
      'pets/test/dog/1.png': await plain(8, 8, 8),
    });
    const { splits } = await imageFolder({ ...options, path: path.join(root, 'pets') });
    expect([...(await splits.test.read([1])).inputs.data.subarray(0, 3)]).toEqual([8, 8, 8]);
  });

  it('resizes the shorter side and cuts out the middle', async () => {
    // Three vertical bands; the outer ones fall off when the middle half of the width is kept.
    const bands = await image(80, 40, (x) => (x < 18 ? [255, 0, 0] : x < 62 ? [0, 255, 0] : [0, 0, 255]));
    const { splits } = await load({ 'pets/train/cat/0.png': bands });
    const { inputs } = await splits.train.read([0]);
    for (let pixel = 0; pixel < 16; pixel++)
      expect([...inputs.data.subarray(3 * pixel, 3 * pixel + 3)]).toEqual([0, 255, 0]);
  });

  it('makes three bytes a pixel of grey, transparent, 16-bit and palette images', async () => {
    const grey16 = await sharp(await image(8, 8, () => [100]), {})
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const odd = {
      'pets/train/cat/a.png': await image(8, 8, () => [100]),
      'pets/train/cat/b.png': await image(8, 8, () => [10, 20, 30, 255]),
      'pets/train/cat/c.png': grey16,
      'pets/train/cat/d.png': await sharp(await plain(50, 60, 70))
        .png({ palette: true })
        .toBuffer(),
    };
    const { splits } = await load(odd);
    const { inputs } = await splits.train.read([2, 3, 4, 5]);
    const firstPixels = [0, 1, 2, 3].map((i) => [...inputs.data.subarray(48 * i, 48 * i + 3)]);
    expect(firstPixels).toEqual([
      [100, 100, 100],
      [10, 20, 30],
      [100, 100, 100],
      [50, 60, 70],
    ]);
  });

  it('cuts random pieces out of the original, by seed', async () => {
    const gradient = await image(64, 64, (x, y) => [4 * x, 4 * y, 0]);
    const { splits } = await load({ 'pets/train/cat/0.png': gradient });
    const augment = createAugmentations([{ augment: 'random-resized-crop', scale: [0.25, 0.25], ratio: [1, 1] }]);
    const corner = async (seed: number): Promise<number[]> => {
      const { inputs } = await readBatch(splits.train, [0], { seed, augment });
      // 32 of 64 pixels, resized to 4: the last sample lies 24 pixels, 96 grey levels, after the first.
      expect(Math.abs(inputs.data[9]! - inputs.data[0]! - 96)).toBeLessThan(6);
      return [inputs.data[0]!, inputs.data[1]!];
    };
    expect(await corner(1)).toEqual(await corner(1));
    expect(await corner(1)).not.toEqual(await corner(2));
  });

  it('takes limits without losing the cropping, and ImageNet’s statistics', async () => {
    const root = await temporaryFolder(files);
    const dataset = await imageFolder({ ...options, limit: 2, validation: 2 }, { root });
    expect([dataset.splits.train.size, dataset.splits.validation!.size]).toEqual([2, 2]);
    expect('readCropped' in dataset.splits.train).toBe(true);
    expect(await createNormalization(dataset, 'per-channel')).toEqual({ inputMax: 255, ...IMAGENET_STATISTICS });
  });

  it('names the image that it cannot read', async () => {
    const whole = files['pets/train/cat/1.png']!;
    const bad = {
      'pets/train/cat/a.png': whole.subarray(0, whole.length - 30),
      'pets/train/cat/b.jpg': Buffer.from('GIF? no.'),
      'pets/train/cat/c.png': Buffer.alloc(0),
    };
    const { splits } = await load(bad);
    for (const [i, name] of ['a.png', 'b.jpg', 'c.png'].entries()) {
      const failure = await splits.train.read([0, 2 + i]).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'data' });
      expect((failure as Error).message).toMatch(
        new RegExp(`unreadable image, in .*/train/cat/${name.replace('.', '\\.')}, received '.+'; `),
      );
    }
  });

  it.each([
    ['pets/train', 'no folder of training images'],
    ['pets/val', 'no folder of test images'],
    ['pets', 'no such folder'],
  ])('says what is missing without %s', async (folder, message) => {
    const root = await temporaryFolder(files);
    await rm(path.join(root, folder), { recursive: true });
    await expect(imageFolder(options, { root })).rejects.toMatchObject({ code: 'data' });
    await expect(imageFolder(options, { root })).rejects.toThrow(message);
  });

  it('refuses empty and unknown classes', async () => {
    await expect(load({ 'pets/train/emu/readme.md': Buffer.from('none yet') })).rejects.toThrow(
      /no image of a class, in .*\/train\/emu/,
    );
    await expect(load({ 'pets/val/emu/1.png': await plain(1, 1, 1) })).rejects.toThrow(
      /a class without training images, in .*\/val\/emu/,
    );
  });

  it.each([
    [{}, 'at path'],
    [{ path: 'pets', size: 0 }, 'at size, received 0'],
    [{ path: 'pets', size: 8, resize: 4 }, 'resize is smaller than size'],
    [{ path: 'pets', sizes: 8 }, "unknown key 'sizes'"],
  ])('refuses %j', async (bad, message) => {
    const made = imageFolder(bad as typeof options, { root: await temporaryFolder(files) });
    await expect(made).rejects.toMatchObject({ code: 'config' });
    await expect(made).rejects.toThrow(message);
  });
});

describe('centreCrop', () => {
  it('keeps the share size / resize of the shorter side', () => {
    expect(centreCrop(256, 512, 224, 256)).toEqual({ top: 16, left: 144, height: 224, width: 224 });
    expect(centreCrop(1, 1, 224, 256)).toEqual({ top: 0, left: 0, height: 1, width: 1 });
  });
});

describe('loadSharp', () => {
  it('says how to install it', async () => {
    const loading = loadSharp(() => Promise.reject(new Error("Cannot find package 'sharp'")));
    await expect(loading).rejects.toMatchObject({ code: 'unsupported', parts: { hint: 'npm install sharp' } });
  });
});
