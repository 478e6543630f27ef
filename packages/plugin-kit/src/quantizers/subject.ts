import {
  createRegistry,
  definePlugin,
  API_VERSION,
  type ExtensionFactory,
  type Precision,
  type QuantizeContext,
  type Quantizer,
  type Registry,
  type Role,
} from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { normal } from '../values.js';
import type { QuantizerOptions, State } from './options.js';

/** A quantizer at one precision. */
export interface AtBits {
  readonly bits: Precision;
  readonly quantizer: Quantizer;
}

/** A quantizer with what its author declares of it, as the rules see it. */
export interface QuantizerSubject extends Required<Omit<QuantizerOptions, 'factory' | 'backends'>> {
  readonly quantizer: Quantizer;
  readonly factory?: ExtensionFactory<'quantizers'>;
  /** A registry with nothing but the quantizer in it. */
  readonly registry?: Registry;
}

/** @throws LowbitError options that its factory refuses */
export function quantizerSubject(
  given: Quantizer | ExtensionFactory<'quantizers'>,
  declared: QuantizerOptions,
): QuantizerSubject {
  const { role = 'weights', options = {} } = declared;
  const factory = typeof given === 'function' ? given : declared.factory;
  const quantizer = typeof given === 'function' ? made(given, options, role) : given;
  return {
    quantizer,
    ...(factory && { factory, registry: registryOf(quantizer.name, factory) }),
    surrogate: declared.surrogate,
    role,
    options,
    bits: declared.bits ?? [1, 2, 3, 4, 5, 6, 7, 8],
    idempotent: declared.idempotent ?? false,
    random: declared.random ?? false,
    shape: declared.shape ?? (role === 'weights' ? [3, 3, 4, 6] : [2, 4, 4, 6]),
  };
}

function made(
  factory: ExtensionFactory<'quantizers'>,
  options: Readonly<Record<string, unknown>>,
  role: Role,
): Quantizer {
  return registryOf('it', factory).make('quantizers', { quantizer: 'it', ...options }, role);
}

function registryOf(name: string, factory: ExtensionFactory<'quantizers'>): Registry {
  return createRegistry([
    definePlugin({ name: 'plugin-kit', apiVersion: API_VERSION, quantizers: { [name]: factory } }),
  ]);
}

/** The quantizer made anew from its config at other bits, or by `withBits` where that cannot be. */
export function madeAt({ quantizer, registry, role }: QuantizerSubject, bits: Precision): Quantizer {
  if (bits === quantizer.bits) return quantizer;
  const config = quantizer.getConfig();
  if (!registry || !('bits' in config)) return quantizer.withBits(bits);
  return registry.make('quantizers', { ...config, quantizer: quantizer.name, bits }, role);
}

/** The quantizer at each precision that it can have. One that cannot be made is the finding of the rule that it can, and of no other. */
export function precisions(subject: QuantizerSubject): AtBits[] {
  return subject.bits.flatMap((bits): AtBits[] => {
    try {
      return [{ bits, quantizer: madeAt(subject, bits) }];
    } catch {
      return [];
    }
  });
}

/** The values that a quantizer's state is made from. */
export function sampleOf({ shape }: QuantizerSubject, seed = 1): tf.Tensor {
  const data = normal(tf.util.sizeFromShape([...shape]), seed);
  return tf.tensor(data, [...shape]);
}

/** State for tensors of the shape of x: what the calibrator makes of x, else the initial values. The caller disposes of it. */
export function stateFor(quantizer: Quantizer, x: tf.Tensor, channelAxis = x.rank - 1): Record<string, tf.Tensor> {
  const { state = [] } = quantizer;
  const calibrator = state.length > 0 && x.size > 0 ? quantizer.calibrator?.({ channelAxis, seed: 1 }) : undefined;
  const initial = (): Record<string, tf.Tensor> =>
    Object.fromEntries(
      state.map((spec) => [spec.name, tf.fill(spec.shape(x.shape, channelAxis), spec.initial) as tf.Tensor]),
    );
  if (!calibrator) return initial();
  try {
    calibrator.observe(x);
    return calibrator.state();
  } finally {
    calibrator.dispose();
  }
}

/** A context with state that was made from a sample, or none for a quantizer that has none. */
export function contextWith(quantizer: Quantizer, state: State, rest: QuantizeContext = {}): QuantizeContext {
  return { seed: 1, ...rest, ...(quantizer.state?.length ? { state } : {}) };
}
