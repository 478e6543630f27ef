import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { Augmentation } from './augmentation.js';

/** Mirrors each image with probability ½ left to right. */
export function flip(): Augmentation {
  return {
    name: 'flip',
    apply: (image, out, [height, width, channels], random) => {
      if (uniformInt(random, 0, 1) === 0) {
        out.set(image);
        return;
      }
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const from = (row * width + width - 1 - column) * channels;
          const to = (row * width + column) * channels;
          for (let c = 0; c < channels; c++) out[to + c] = image[from + c]!;
        }
      }
    },
  };
}
