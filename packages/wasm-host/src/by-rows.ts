/**
 * Name of a kernel that gives both gradients of a 1×1 convolution of stride 1 from an output gradient that is made block by block,
 * where it is used, and is never in memory as a whole. `@lowbit/wasm-kernels` registers it on TF.js's WASM backend; who has the
 * output gradient as rows of something else looks for it there (`tf.getKernel`).
 *
 * Inputs { x, filter }, x[..., channels] and filter[1, 1, channels, filters], float32; attributes {@link GradientByRows}; gives dx and
 * the filter's gradient. `channels` must be a multiple of 4, `filters` of 8, and both together at most 640.
 */
export const PointwiseGradients = 'PointwiseGradients';

/** Attributes of {@link PointwiseGradients}. */
export interface GradientByRows {
  /** Writes `count` rows of the output gradient, from row `first` on, to the address `to`; `first` is a multiple of 64. */
  rows(first: number, count: number, to: number): void;
}

/**
 * Name of a kernel that gives the result of a 1×1 convolution of stride 1, and shows it block by block, as long as it is in the cache.
 *
 * Inputs and their bounds as {@link PointwiseGradients}, attributes {@link ResultByRows}; gives y[..., filters].
 */
export const PointwiseForward = 'PointwiseForward';

/** Attributes of {@link PointwiseForward}. */
export interface ResultByRows {
  /** Called when `count` rows of the result are done, from row `first` on, which lie at `from`; `first` is a multiple of 64. */
  done(first: number, count: number, from: number): void;
}

/** Whether {@link PointwiseForward} and {@link PointwiseGradients} take these shapes of an input's last axis and a filter. */
export function takesByRows(channels: number, filters: number): boolean {
  return channels % 4 === 0 && filters % 8 === 0 && channels + filters <= 640 && channels > 0 && filters > 0;
}
