import type { Tensor } from '@tensorflow/tfjs-core';

/** Bits per value, or 'float': the quantizer's continuous part alone (a clip, say) without rounding. */
export type Precision = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 'float';

/** What a quantizer is applied to. One name ("dorefa") may stand for a different function on each. */
export type Role = 'weights' | 'activations' | 'gradients';

/**
 * What shares one set of levels: the whole tensor; each output channel of weights (each feature of activations); or, of weights, each
 * group of n input channels within an output channel, the places of a kernel included.
 */
export type Granularity = 'tensor' | 'channel' | { readonly group: number };

/** Integer codes and what they stand for. Its owner disposes both tensors. */
export interface Encoded {
  /** int32, the shape of what was encoded, each in [0, number of levels). */
  readonly codes: Tensor;
  /**
   * float32: [levels]; or [...grid, levels] with one row of levels for each block of the codes. `grid` has the rank of the codes, and
   * each of its sizes divides theirs: [1, 1, 1, 64, levels] has levels for each of 64 output channels.
   */
  readonly codebook: Tensor;
}

/** One piece of a quantizer's state (a clip, a step, a basis), created and owned by the layer that uses the quantizer. */
export interface QuantizerStateSpec {
  readonly name: string;
  /** Shape of the state for an input of shape `inputShape` (null: unknown batch size). */
  readonly shape: (inputShape: readonly (number | null)[], channelAxis: number) => number[];
  /** What it holds until a calibrator has set it. */
  readonly initial: number;
  readonly trainable: boolean;
  /** Multiplies the stage's learning rate for this variable; 1 by default. */
  readonly learningRateScale?: number;
  /** λ of an L2 penalty λ·‖state‖²/2 that the layer adds to the loss; none by default. */
  readonly decay?: number;
  /** Values below are raised to it after each update. */
  readonly minimum?: number;
}

/** What one call of a quantizer may depend on besides its input. */
export interface QuantizeContext {
  /** The state named by `Quantizer.state`. Without it a quantizer that has one takes what its calibrator makes of x. */
  readonly state?: Readonly<Record<string, Tensor>>;
  readonly training?: boolean;
  /** Seeds whatever is random in this call: the same seed gives the same bits. */
  readonly seed?: number;
  /** Axis of the channels of x that may have levels of their own; the last by default. */
  readonly channelAxis?: number;
}

/** Looks at data, and says what the state of a quantizer should be. */
export interface Calibrator {
  /** One batch of what the quantizer will be applied to. Leaves no tensor behind but what `dispose` frees. */
  observe(x: Tensor): void;
  /** The state by name, which the caller disposes. @throws LowbitError when nothing was observed */
  state(): Record<string, Tensor>;
  dispose(): void;
}

/** A convolution's window, as `tf.conv2d` takes it. */
export interface Window {
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
  readonly dilationRate: readonly [number, number];
}

/**
 * Maps real values to few levels.
 *
 * The law: `decode(encode(x, c))` equals `quantize(x, c)` bit for bit in float32, on every backend.
 */
export interface Quantizer {
  /** The name that a registry finds it by. */
  readonly name: string;
  readonly bits: Precision;
  /** What weights are stored at, where that is not `bits`: 'float' where only training quantizes them. */
  readonly storedBits?: Precision;
  readonly state?: readonly QuantizerStateSpec[];
  /** x̂ of the shape of x, float32; differentiable, by the quantizer's own surrogate gradient, in x and in the trainable state. */
  quantize(x: Tensor, context?: QuantizeContext): Tensor;
  /** The codes of x. Throws LowbitError when `bits` is 'float'. */
  encode(x: Tensor, context?: QuantizeContext): Encoded;
  /** The same quantizer at another precision; the state stays usable. */
  withBits(bits: Precision): Quantizer;
  /** Plain JSON options that its factory makes it from again. */
  getConfig(): Record<string, unknown>;
  /** Makes the initial state from data: a layer's kernel, or what its first batches give. */
  calibrator?(context?: Pick<QuantizeContext, 'channelAxis' | 'seed'>): Calibrator;
  /**
   * New values of state that no gradient trains (a moving average, a basis fitted anew), by name; the caller disposes of them. A layer
   * calls it in training, after `quantize`, which has seen the old ones.
   */
  update?(x: Tensor, context: QuantizeContext): Record<string, Tensor>;
  /** Where latent weights may be: what a trainer sets them to after each update. A new tensor of the shape of w. */
  constrain?(w: Tensor, context?: QuantizeContext): Tensor;
  /**
   * Of activations: what the result of the convolution that they go into is multiplied by, such as XNOR-Net's K. Of
   * shape [n, height, width, 1] for x of shape [n, height, width, channels].
   */
  outputScale?(x: Tensor, window: Window): Tensor;
}
