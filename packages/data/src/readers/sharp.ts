import { LowbitError } from '@lowbit/plugin-api';
import type sharpModule from 'sharp';
import type { Crop } from '../splits/split.js';

type Sharp = typeof sharpModule;

/**
 * Loads `sharp`, the optional peer that decodes images.
 *
 * @throws LowbitError ('unsupported') when it is not installed or does not load
 */
export async function loadSharp(load: () => Promise<unknown> = () => import('sharp')): Promise<Sharp> {
  try {
    const module = (await load()) as { default?: Sharp };
    return module.default ?? (module as unknown as Sharp);
  } catch (cause) {
    const what = "the package 'sharp', which decodes images, does not load";
    const received = (cause as Error).message;
    throw new LowbitError('unsupported', { what, received, hint: 'npm install sharp' }, { cause });
  }
}

/** Which piece of an image of `height` × `width` pixels to take. */
export type ChooseCrop = (height: number, width: number) => Crop;

/** The middle square that remains when the shorter side is resized to `resize` and `size` pixels are kept. */
export function centreCrop(height: number, width: number, size: number, resize: number): Crop {
  const side = (Math.min(height, width) * size) / resize;
  const kept = Math.max(1, Math.round(side));
  return { top: Math.floor((height - kept) / 2), left: Math.floor((width - kept) / 2), height: kept, width: kept };
}

/**
 * Decodes an image file: the piece that `choose` names, resized to `size` × `size` (bicubic), as RGB bytes.
 *
 * @throws LowbitError ('data') a missing, truncated, corrupted or unknown image, naming the file
 */
export async function decodeImage(sharp: Sharp, path: string, size: number, choose: ChooseCrop): Promise<Uint8Array> {
  const { readFile } = await import('node:fs/promises');
  try {
    const file = await readFile(path);
    const { height, width } = await sharp(file).metadata();
    const { data, info } = await sharp(file)
      .extract(choose(height, width))
      .resize(size, size, { fit: 'fill', kernel: 'cubic' })
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels`);
    return data;
  } catch (cause) {
    const hint = 'delete it or replace it with a whole JPEG, PNG or WebP file';
    throw new LowbitError(
      'data',
      { what: 'unreadable image', where: path, received: (cause as Error).message, hint },
      { cause },
    );
  }
}
