import type { Crop } from '../splits/split.js';
import type { ImageShape } from './augmentation.js';

/**
 * Writes the piece `crop` of `image`, resized to the whole shape, to `out`: bilinear, pixel centres at half integers.
 */
export function resizeCrop(
  image: Float32Array,
  out: Float32Array,
  [height, width, channels]: ImageShape,
  crop: Crop,
): void {
  const rows = samples(crop.top, crop.height, height);
  const columns = samples(crop.left, crop.width, width);
  let o = 0;
  for (const row of rows) {
    for (const column of columns) {
      const corner = (y: number, x: number): number => (y * width + x) * channels;
      const a = corner(row.near, column.near);
      const b = corner(row.near, column.far);
      const c = corner(row.far, column.near);
      const d = corner(row.far, column.far);
      for (let channel = 0; channel < channels; channel++) {
        const upper = image[a + channel]! * (1 - column.share) + image[b + channel]! * column.share;
        const lower = image[c + channel]! * (1 - column.share) + image[d + channel]! * column.share;
        out[o++] = upper * (1 - row.share) + lower * row.share;
      }
    }
  }
}

/**
 * For each of `count` samples of the stretch from `start`: the two pixels it lies between and the share of the far one.
 */
function samples(start: number, length: number, count: number): { near: number; far: number; share: number }[] {
  return Array.from({ length: count }, (_, i) => {
    const position = Math.min(Math.max(((i + 0.5) * length) / count - 0.5, 0), length - 1);
    const near = Math.floor(position);
    return { near: start + near, far: start + Math.min(near + 1, length - 1), share: position - near };
  });
}
