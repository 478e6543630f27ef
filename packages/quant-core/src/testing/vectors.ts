import type { Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { valuesOf } from './helpers.js';

/** Specification "Quantizers", the weights of §4 and of the sections after it. */
export const W4 = [-0.9, -0.4, -0.35, -0.1, 0.05, 0.2, 0.25, 0.6, 0.7, 1.3];

/** What a quantizer makes of values. */
export function quantized(
  quantizer: Quantizer,
  values: readonly number[],
  context?: Parameters<Quantizer['quantize']>[1],
) {
  return tf.tidy(() => valuesOf(quantizer.quantize(tf.tensor1d([...values]), context)));
}

/** dL/dx of Σ g·quantize(x), and dL/dstate of the state that is trained; what is not is in the context. */
export function gradientsOf(
  quantizer: Quantizer,
  x: tf.Tensor,
  g: tf.Tensor,
  state: Readonly<Record<string, tf.Tensor>> = {},
  context: Parameters<Quantizer['quantize']>[1] = {},
): tf.Tensor[] {
  const names = Object.keys(state);
  const given = (...values: tf.Tensor[]) => ({
    ...context,
    ...(names.length > 0 && {
      state: { ...context.state, ...Object.fromEntries(names.map((name, i) => [name, values[i]!])) },
    }),
  });
  const loss = (w: tf.Tensor, ...values: tf.Tensor[]) =>
    tf.sum(tf.mul(quantizer.quantize(w, given(...values)), g)) as tf.Scalar;
  return tf.grads(loss)([x, ...Object.values(state)]);
}

/** State that a quantizer makes of x, as numbers. */
export function fitted(quantizer: Quantizer, x: tf.Tensor): Record<string, number[]> {
  const calibrator = quantizer.calibrator!();
  calibrator.observe(x);
  const state = calibrator.state();
  calibrator.dispose();
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, valuesOf(value)]));
}
