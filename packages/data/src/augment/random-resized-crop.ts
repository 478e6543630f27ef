import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from '../seed.js';
import type { Crop } from '../splits/split.js';
import type { Augmentation } from './augmentation.js';
import { resizeCrop } from './resize.js';

const ATTEMPTS = 10;

/** Ranges of the piece's share of the area and of its width : height. */
export interface RandomResizedCropOptions {
  readonly scale?: readonly [number, number];
  readonly ratio?: readonly [number, number];
}

/**
 * Cuts a piece of random area, shape and place out of the image and resizes it to the image's size: `scale` is the
 * range of its share of the area (uniform), `ratio` that of its width : height (uniform in the logarithm). After ten
 * pieces that do not fit, the largest in the middle whose ratio is allowed.
 *
 * C. Szegedy et al., "Going deeper with convolutions" (2015), §6, with the details that torchvision made customary.
 */
export function randomResizedCrop({
  scale = [0.08, 1],
  ratio = [3 / 4, 4 / 3],
}: RandomResizedCropOptions = {}): Augmentation {
  const crop = (height: number, width: number, random: RandomGenerator): Crop => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const area = height * width * between(scale, random);
      const shape = Math.exp(between([Math.log(ratio[0]), Math.log(ratio[1])], random));
      const w = Math.round(Math.sqrt(area * shape));
      const h = Math.round(Math.sqrt(area / shape));
      if (w < 1 || h < 1 || w > width || h > height) continue;
      return { top: uniformInt(random, 0, height - h), left: uniformInt(random, 0, width - w), height: h, width: w };
    }
    return middle(height, width, ratio);
  };
  return {
    name: 'random-resized-crop',
    crop,
    apply: (image, out, shape, random) => resizeCrop(image, out, shape, crop(shape[0], shape[1], random)),
  };
}

function between([low, high]: readonly [number, number], random: RandomGenerator): number {
  return low + (high - low) * uniformFloat32(random);
}

function middle(height: number, width: number, [least, most]: readonly [number, number]): Crop {
  const h = width / height < least ? Math.max(1, Math.round(width / least)) : height;
  const w = width / height > most ? Math.max(1, Math.round(height * most)) : width;
  return { top: Math.floor((height - h) / 2), left: Math.floor((width - w) / 2), height: h, width: w };
}
