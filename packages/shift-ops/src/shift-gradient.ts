import * as tf from '@tensorflow/tfjs-core';
import type { ShiftGradient } from './options.js';

/** Does to each channel's gradient, a column of [2, channels], what `rule` says. */
export function limitShiftGradient(gradient: tf.Tensor2D, rule: ShiftGradient): tf.Tensor2D {
  if (rule === 'exact') return gradient;
  return tf.tidy(() => {
    const norm = tf.norm(gradient, 'euclidean', 0, true);
    if (rule === 'normalize') return tf.divNoNan(gradient, norm);
    return tf.mul(gradient, tf.div(rule.clip, tf.maximum(norm, rule.clip)));
  });
}
