/** A dense array on the host, row-major. */
export interface NdArray<Data extends Uint8Array | Int32Array | Float32Array = Uint8Array | Int32Array | Float32Array> {
  readonly shape: readonly number[];
  readonly data: Data;
}

/** Examples as they lie in the data set, before augmentation and normalization. */
export interface Examples {
  /** [n, ...], for images [n, height, width, channels]. */
  readonly inputs: NdArray;
  /** Class indices as integers [n]; or as float32 whatever the task's loss wants. */
  readonly targets: NdArray;
}

/** One part of a data set. Reads by index, so that a split of any size need not sit in memory. */
export interface Split {
  readonly size: number;
  read(indices: readonly number[]): Promise<Examples>;
}

/** A data set: named splits of examples of one shape. */
export interface Dataset {
  readonly name: string;
  /** Shape of one example's input, [height, width, channels] for images. */
  readonly inputShape: readonly number[];
  /** Names of the classes, in the order of their indices; empty for a task without classes. */
  readonly classes: readonly string[];
  /** Largest value of an input: what 1.0 stands for (255 for bytes, 16 for the digits). */
  readonly inputMax: number;
  readonly splits: { readonly train: Split; readonly test: Split; readonly [name: string]: Split };
}

/** What a data set's factory is told besides its options. */
export interface DatasetContext {
  /** The folder that data sets live in (LOWBIT_DATA). */
  readonly root?: string;
}
