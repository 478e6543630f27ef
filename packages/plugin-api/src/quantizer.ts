import type { Tensor } from '@tensorflow/tfjs-core';

/** Bits per value, or 'float': the quantizer's continuous part alone (a clip, say) without rounding. */
export type Precision = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 'float';

/** What a quantizer is applied to. One name ("dorefa") may stand for a different function on each. */
export type Role = 'weights' | 'activations' | 'gradients';

/** Integer codes and what they stand for. Its owner disposes both tensors. */
export interface Encoded {
  /** int32, the shape of what was encoded, each in [0, number of levels). */
  readonly codes: Tensor;
  /** float32: [levels], or [groups, levels] when each index along `axis` has levels of its own. */
  readonly codebook: Tensor;
  /** The axis of `codes` whose index picks the row of a two-dimensional code book. */
  readonly axis?: number;
}

/** One piece of a quantizer's state (a clip, a step, a basis), created and owned by the layer that uses the quantizer. */
export interface QuantizerStateSpec {
  readonly name: string;
  /** Shape of the state for an input of shape `inputShape` (null: unknown batch size). */
  readonly shape: (inputShape: readonly (number | null)[]) => number[];
  readonly initial: number;
  readonly trainable: boolean;
  /** Multiplies the stage's learning rate for this variable; 1 by default. */
  readonly learningRateScale?: number;
}

/** What one call of a quantizer may depend on besides its input. */
export interface QuantizeContext {
  /** The state named by `Quantizer.state`. */
  readonly state?: Readonly<Record<string, Tensor>>;
  readonly training?: boolean;
  /** Seeds whatever is random in this call: the same seed gives the same bits. */
  readonly seed?: number;
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
  readonly state?: readonly QuantizerStateSpec[];
  /** x̂ of the shape of x, float32; differentiable, by the quantizer's own surrogate gradient. */
  quantize(x: Tensor, context?: QuantizeContext): Tensor;
  /** The codes of x. Throws LowbitError when `bits` is 'float'. */
  encode(x: Tensor, context?: QuantizeContext): Encoded;
  /** The same quantizer at another precision; the state stays usable. */
  withBits(bits: Precision): Quantizer;
  /** Plain JSON options that its factory makes it from again. */
  getConfig(): Record<string, unknown>;
}
