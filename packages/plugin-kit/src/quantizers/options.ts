import type { ExtensionFactory, Precision, Role } from '@lowbit/plugin-api';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Tensors of a quantizer's state, by name. */
export type State = Readonly<Record<string, Tensor>>;

/** The point at which a gradient is taken, as constants: what a surrogate freezes (a rounding error, a scale) is a function of it. */
export interface GradientPoint {
  readonly x: Tensor;
  readonly state: State;
  readonly bits: Precision;
  readonly channelAxis: number;
}

/**
 * The function that a quantizer's gradient is the derivative of: 'identity' (straight through), `{ clip: [low, high] }`
 * (straight through inside), a function of x and the state, or 'none' for a quantizer that no gradient passes through.
 *
 * A function is compared by finite differences, in x and in each trainable piece of state. What the gradient takes for constant must
 * be computed from `at`, as a straight-through rounding is: `x + (round(at.x) − at.x)`.
 */
export type Surrogate =
  | 'identity'
  | 'none'
  | { readonly clip: readonly [low: number, high: number] }
  | ((x: Tensor, state: State, at: GradientPoint) => Tensor);

/** What an author declares of a quantizer. */
export interface QuantizerOptions {
  /** What the gradient of `quantize` is the derivative of. */
  readonly surrogate: Surrogate;
  /** What it is applied to; 'weights' unless given. */
  readonly role?: Role;
  /** Options that its factory makes it from; none unless given. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Its factory, where the quantizer itself was given. Without one, nothing is saved and made again from its config. */
  readonly factory?: ExtensionFactory<'quantizers'>;
  /** The bits that it can have; 1 to 8 unless given. All others must be refused. */
  readonly bits?: readonly Exclude<Precision, 'float'>[];
  /** Whether quantizing twice changes nothing; false unless given. */
  readonly idempotent?: boolean;
  /** Whether the seed decides what it gives; false unless given, and then it must not. */
  readonly random?: boolean;
  /** Shape of the tensors that it is tried on; [3, 3, 4, 6] of weights, [2, 4, 4, 6] of activations and gradients. */
  readonly shape?: readonly number[];
  /** Backends that it is tried on, besides 'cpu'; your test imports the packages that bring them. */
  readonly backends?: readonly string[];
}
