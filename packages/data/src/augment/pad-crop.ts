import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { Augmentation } from './augmentation.js';

/**
 * Pads each side with `pad` zeros and cuts the image's own size out again, every place equally likely: a move by
 * −pad … pad pixels in both directions.
 *
 * The zeros are the data set's own (black), as in the CIFAR script of L-SSPQ, which pads before the mean is subtracted.
 */
export function padCrop({ pad = 4 }: { readonly pad?: number } = {}): Augmentation {
  return {
    name: 'pad-crop',
    apply: (image, out, [height, width, channels], random) => {
      const down = uniformInt(random, 0, 2 * pad) - pad;
      const right = uniformInt(random, 0, 2 * pad) - pad;
      const firstColumn = Math.max(0, -right);
      const lastColumn = Math.min(width, width - right);
      out.fill(0);
      for (let row = Math.max(0, -down); row < Math.min(height, height - down); row++) {
        if (firstColumn >= lastColumn) return;
        const start = ((row + down) * width + firstColumn + right) * channels;
        const piece = image.subarray(start, start + (lastColumn - firstColumn) * channels);
        out.set(piece, (row * width + firstColumn) * channels);
      }
    },
  };
}
