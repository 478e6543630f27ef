import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { Augmentation } from './augmentation.js';

/** Mirrors every other image left to right. */
export function flip(): Augmentation {
  return {
    name: 'flip',
    apply: (image, out, [height, width, channels], random) => {
      if (uniformInt(random, 0, 1) === 0) {
        out.set(image);
        return;
      }
      for (let pixel = 0; pixel < height * width; pixel++) {
        const column = pixel % width;
        const mirrored = pixel - column + (width - 1 - column);
        for (let c = 0; c < channels; c++) out[pixel * channels + c] = image[mirrored * channels + c]!;
      }
    },
  };
}
