import type { RandomGenerator } from '../seed.js';
import type { Crop } from '../splits/split.js';

/** [height, width, channels]. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/**
 * Changes one training image at random and keeps its shape. What it draws from `random` is all that it depends on
 * besides the image, so that an example is augmented in the same way wherever and whenever that is done.
 */
export interface Augmentation {
  readonly name: string;
  /**
   * Writes the changed `image` to `out`; both are [height, width, channels] as the data set stores them (0 … inputMax).
   */
  apply(image: Float32Array, out: Float32Array, shape: ImageShape, random: RandomGenerator): void;
  /**
   * The piece that it takes of an image, for an augmentation that is `apply` = cut this piece out and resize it to the
   * shape. A split that can cut before it decodes then does so, when the augmentation is the first of its list.
   */
  crop?(height: number, width: number, random: RandomGenerator): Crop;
}
