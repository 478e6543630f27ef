import type { Dataset, Split } from '@lowbit/plugin-api';

/** Noise of CIFAR's shape, the same each time: a data set that costs nothing to read. */
export function randomImages(size: number): Dataset {
  let state = 1;
  const byte = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  const pixels = Uint8Array.from({ length: size * 32 * 32 * 3 }, byte);
  const split: Split = {
    size,
    read: async (indices) => {
      const data = new Uint8Array(indices.length * 3072);
      indices.forEach((index, i) => data.set(pixels.subarray(index * 3072, (index + 1) * 3072), i * 3072));
      return {
        inputs: { shape: [indices.length, 32, 32, 3], data },
        targets: { shape: [indices.length], data: Int32Array.from(indices, (index) => index % 10) },
      };
    },
  };
  const classes = Array.from({ length: 10 }, (_, i) => `class ${i}`);
  return {
    name: 'random-images',
    inputShape: [32, 32, 3],
    classes,
    inputMax: 255,
    splits: { train: split, test: split },
  };
}
