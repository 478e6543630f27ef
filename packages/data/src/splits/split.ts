import type { Dataset, Examples, Split } from '@lowbit/plugin-api';

/** A split that knows every example's label without reading it. */
export interface LabelledSplit extends Split {
  /** Class index of each example. */
  readonly labels: ArrayLike<number>;
}

/** A rectangle of an image, in pixels. */
export interface Crop {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** A split of images of many sizes, which can cut a piece out of the original before it is resized. */
export interface CroppingSplit extends LabelledSplit {
  /**
   * Reads as `read` does, but of each image the piece that `choose(i, height, width)` names, i being the place in
   * `indices`.
   */
  readCropped(
    indices: readonly number[],
    choose: (i: number, height: number, width: number) => Crop,
  ): Promise<Examples>;
}

/** Mean and standard deviation per channel of inputs scaled to [0, 1]. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A data set of labelled examples. */
export interface LabelledDataset extends Dataset {
  readonly splits: {
    readonly train: LabelledSplit;
    readonly test: LabelledSplit;
    readonly [name: string]: LabelledSplit;
  };
  /** The statistics that are customary for it, where computing them from the training split would cost too much. */
  readonly statistics?: ChannelStatistics;
}

export function canCrop(split: Split): split is CroppingSplit {
  return 'readCropped' in split;
}

/** @throws RangeError an index outside the split */
export function checkIndices(indices: readonly number[], size: number): void {
  for (const index of indices) {
    if (!Number.isInteger(index) || index < 0 || index >= size)
      throw new RangeError(`no example ${index} among ${size}`);
  }
}
