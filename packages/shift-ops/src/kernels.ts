import { canHost, kernelsOf, noticeFallback } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import { depthwise } from './compositions/depthwise.js';
import { separable } from './compositions/separable.js';
import type { ImageShape, ShiftImplementation } from './implementation.js';
import type { IntegerOffset } from './options.js';

/** Kernel of the active shift: inputs { x, shifts }, attributes { stride }. */
export const ActiveShift = 'ActiveShift';
/** Kernel of its gradient to the input: inputs { dy, shifts }, attributes { stride, inputShape }. */
export const ActiveShiftBackpropInput = 'ActiveShiftBackpropInput';
/** Kernel of its gradient to the shifts: inputs { dy, x, shifts }, attributes { stride, integerOffset }. */
export const ActiveShiftBackpropShift = 'ActiveShiftBackpropShift';

export interface ActiveShiftAttributes {
  readonly stride: number;
}
export interface ActiveShiftBackpropInputAttributes extends ActiveShiftAttributes {
  /** [n, height, width, channels] of what was shifted. */
  readonly inputShape: ImageShape;
}
export interface ActiveShiftBackpropShiftAttributes extends ActiveShiftAttributes {
  readonly integerOffset: IntegerOffset;
}

/** How this package registers its kernels. */
export const registerKernel = kernelsOf(tf, '@lowbit/shift-ops');

const NAMES = [ActiveShift, ActiveShiftBackpropInput, ActiveShiftBackpropShift];

/** The three kernels of the current backend. */
const kernels: ShiftImplementation = {
  forward: (x, shifts, stride) => run(ActiveShift, { x, shifts }, { stride }),
  backpropInput: (dy, shifts, inputShape, stride) =>
    run(ActiveShiftBackpropInput, { dy, shifts }, { stride, inputShape }),
  backpropShift: (dy, x, shifts, stride, integerOffset) =>
    run(ActiveShiftBackpropShift, { dy, x, shifts }, { stride, integerOffset }),
};

function run<T extends tf.Tensor>(name: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): T {
  return tf.engine().runKernel<T>(name, inputs, attributes);
}

/**
 * How the current backend computes a shift: with its kernels, if it has all three; else, on `tensorflow`, with a depthwise
 * convolution; else with matrix products. Where none of its kernels run, debug mode says so.
 */
export function implementation(): ShiftImplementation {
  const backend = tf.backend();
  const name = tf.getBackend();
  const usable = name !== 'wasm' || canHost(backend);
  if (usable && NAMES.every((kernel) => tf.getKernel(kernel, name) != null)) return kernels;
  const reason = () => (usable ? `backend ${name}` : 'a backend with other memory');
  noticeFallback(ActiveShift, reason, 'a composition of core ops runs');
  return name === 'tensorflow' ? depthwise : separable;
}
