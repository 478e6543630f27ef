import * as tf from '@tensorflow/tfjs-core';
import { replaceGradient, type GradientCall } from './replaced-gradients.js';

/**
 * Gradients of sums and means as copies of what they are, where TF.js multiplies by a tensor of ones that it makes in JavaScript, as large as
 * the input.
 */
export function registerReduceGradients(): void {
  replaceGradient(tf.Sum, (call) => ({ x: () => spread(call, 1) }));
  replaceGradient(tf.Mean, (call) => ({ x: () => spread(call, countOf(call)) }));
}

const axesOf = ({ saved: [x], attrs }: GradientCall) =>
  tf.util.parseAxisParam((attrs as unknown as tf.SumAttrs).axis, x!.shape);

/** Numbers that are added up for each result. */
function countOf(call: GradientCall): number {
  return axesOf(call).reduce((count, axis) => count * call.saved[0]!.shape[axis]!, 1);
}

/** dy / divisor at all places of the axes that x was reduced by. */
function spread(call: GradientCall, divisor: number): tf.Tensor {
  const { dy, saved } = call;
  const axes = new Set(axesOf(call));
  const { shape } = saved[0]!;
  const narrow = shape.map((size, axis) => (axes.has(axis) ? 1 : size));
  const times = shape.map((size, axis) => (axes.has(axis) ? size : 1));
  const share = tf.reshape(divisor === 1 ? dy : tf.div(dy, divisor), narrow);
  return tf.tile(share, times);
}
