/**
 * A deployable network: plain data, nodes in an order in which each comes after what it reads. What it computes is defined by the
 * reference interpreter (`interpret`), bit for bit: arithmetic is float32, each operation rounded, sums in the order of the kernel's places and
 * then its input channels; sums of integers are exact. Shapes leave out the batch axis; the layout is height, width, channels.
 */
export interface Graph {
  readonly inputs: readonly GraphInput[];
  readonly nodes: readonly GraphNode[];
  /** Names of values. */
  readonly outputs: readonly string[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** What people and tools may want to know and nothing depends on: the labels of the classes, where it was trained. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A value from outside, float32. */
export interface GraphInput {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What integer codes stand for. */
export type Levels =
  /** `scale` · integers[code], whole numbers from −255 to 255; `scale` is a positive float32. */
  | { readonly integers: readonly number[]; readonly scale: number }
  /** values[code], float32. */
  | { readonly values: readonly number[] };

/** What a value is made of: real numbers, or integer codes below the number of levels, which is at most 256. */
export type ValueType = 'float32' | Levels;

/** The shape and type of a value, as `inferValues` finds them. */
export interface Value {
  readonly shape: readonly number[];
  readonly type: ValueType;
}

/** A constant of the network. */
export type Parameter = FloatParameter | CodedParameter;

export interface FloatParameter {
  readonly kind: 'float32';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Few-bit weights. They are multiplied by as `integers[code]` or `values[…][code]`; the scale that belongs to integers is part of the `scale` of the node that
 * reads them.
 */
export interface CodedParameter {
  readonly kind: 'codes';
  readonly shape: readonly number[];
  /** One code a byte; packed only in the file. */
  readonly data: Uint8Array;
  /** Bits of a code in the file, 1 to 8. */
  readonly bits: number;
  readonly levels: CodedLevels;
}

export type CodedLevels =
  /** The same whole numbers for all, from −255 to 255. */
  | { readonly integers: readonly number[] }
  /** A code book [...grid, levels]: `grid` has the rank of the codes and divides their shape, one row of levels for each block. */
  | { readonly values: Float32Array; readonly grid: readonly number[] };

/** A node; its name is that of the one value that it makes. */
export type GraphNode = { [Op in OpName]: Operation<Op> }[OpName];

export type OpName = keyof Operations;

/** A node of one kind. */
export type Operation<Op extends OpName> = {
  readonly name: string;
  readonly op: Op;
  readonly inputs: readonly string[];
} & Operations[Op];

/** Rows and columns. */
export type Pair = readonly [number, number];
/** Rows and columns of zeros added at the top, the left, the bottom, the right. */
export type Pads = readonly [top: number, left: number, bottom: number, right: number];

/** A sliding window. */
export interface WindowAttributes {
  readonly strides: Pair;
  readonly pads: Pads;
}

/** y = x · scale + bias in each channel, of the last axis; each rounded to float32. Names of parameters of shape [channels] or, of scale, [1]. */
export interface Epilogue {
  readonly scale?: string;
  readonly bias?: string;
}

/** The element-wise functions. tanh, sigmoid, exp and gelu are computed by the polynomials of `elementary.ts`, the same on every engine. */
export type UnaryFunction =
  'relu' | 'relu6' | 'abs' | 'sign' | 'sigmoid' | 'hardSigmoid' | 'tanh' | 'exp' | 'gelu' | 'elu' | 'softplus' | 'sqrt';

/** What each kind of node has besides its name and inputs. */
export interface Operations {
  /**
   * Sums of products over a window: x̃ · w̃, where codes count as their integers or values, padding as 0. Of codes with integers by
   * weights with integers the sums are exact integers. Kernel [height, width, channels / groups, filters], float or coded; a value
   * [height, width, channels], or [width, channels] by a kernel of height 1. The result is float32, after the epilogue.
   */
  readonly conv2d: WindowAttributes &
    Epilogue & { readonly kernel: string; readonly dilations: Pair; readonly groups: number };
  /** The transposed convolution; kernel [height, width, filters, channels]. `outputShape` is [height, width]. */
  readonly convTranspose2d: WindowAttributes & Epilogue & { readonly kernel: string; readonly outputShape: Pair };
  /** Products over the last axis by a kernel [inputs, units]. */
  readonly dense: Epilogue & { readonly kernel: string };
  /** The epilogue alone: batch normalization that nothing could take. */
  readonly affine: Epilogue;
  /**
   * The number of thresholds that x is not below (x ≥ t), as a code. `thresholds`: parameter [levels − 1], ascending, the smallest float32
   * that has each code. NaN has code 0.
   */
  readonly quantize: { readonly thresholds: string; readonly levels: Levels };
  /** Codes as the float32 that they stand for. */
  readonly dequantize: object;
  /** Moves each channel by whole places: y[h, w] = x[h · stride + dy, w · stride + dx], outside of which x is 0. Of codes, one of which must stand for 0. */
  readonly shift: { readonly offsets: readonly Pair[]; readonly strides: Pair };
  /** The active shift: bilinear between places; parameter [2, channels], the horizontal offsets first (L-SSPQ; Jeon & Kim 2018). Float32. */
  readonly activeShift: { readonly offsets: string; readonly strides: Pair };
  /** The largest value of each window, padding left out; codes stay codes where a larger code stands for a larger value. */
  readonly maxPool: WindowAttributes & { readonly size: Pair };
  /** The mean of each window, padding left out; float32. */
  readonly averagePool: WindowAttributes & { readonly size: Pair };
  /** The mean over height and width: [height, width, channels] to [channels]; of integers their exact sum, times scale / count. */
  readonly globalAveragePool: object;
  readonly globalMaxPool: object;
  /** Of two float32 values; sizes of 1 are repeated. */
  readonly add: object;
  readonly subtract: object;
  readonly multiply: object;
  readonly maximum: object;
  /** Along an axis; all float32, or all codes of the same levels. */
  readonly concat: { readonly axis: number };
  readonly unary: { readonly function: UnaryFunction };
  /** Limits to [min, max]. */
  readonly clip: { readonly min: number; readonly max: number };
  /** Over the last axis: exponentials of what is less than the maximum, their sum, quotients. */
  readonly softmax: object;
  readonly reshape: { readonly shape: readonly number[] };
  readonly transpose: { readonly permutation: readonly number[] };
  /** Zeros around [height, width, channels]. */
  readonly pad: { readonly pads: Pads };
  /** Part of each axis. */
  readonly slice: { readonly begin: readonly number[]; readonly size: readonly number[] };
  readonly mean: { readonly axis: number };
  /** Rows of a table [entries, width], float or coded (then `scale` multiplies), by float32 whole numbers. */
  readonly embedding: { readonly table: string; readonly scale?: string };
  /** Normalizes the last axis: (x − mean) / √(variance + epsilon) · gamma + beta. */
  readonly layerNorm: { readonly epsilon: number; readonly gamma?: string; readonly beta?: string };
  /** Of two values, batched over the leading axes: [..., m, k] · [..., k, n]; with `transposeB` the second is [..., n, k]. */
  readonly matMul: { readonly transposeB: boolean };
  /** A recurrent layer over [steps, features]; see {@link Recurrence}. */
  readonly recurrent: Recurrence;
}

/**
 * LSTM, GRU or simple RNN, as `tf.layers` defines them. Kernel [features, gates · units], recurrent kernel [units, gates · units], in the gate order of
 * `tf.layers` (LSTM: i f c o; GRU: z r h). Each may be coded, with a scale of shape [1] or [gates · units].
 */
export interface Recurrence {
  readonly cell: 'lstm' | 'gru' | 'simple';
  readonly kernel: string;
  readonly kernelScale?: string;
  readonly recurrentKernel: string;
  readonly recurrentScale?: string;
  readonly bias?: string;
  readonly activation: UnaryFunction | 'linear';
  readonly recurrentActivation: UnaryFunction | 'linear';
  /** All steps [steps, units], or the last [units]. */
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
}
