import * as tf from '@tensorflow/tfjs-core';

/** What `value` makes of the inputs, with the gradients that `gradients` gives for each of them. */
export function ownGradient(
  inputs: readonly tf.Tensor[],
  value: (...inputs: tf.Tensor[]) => tf.Tensor,
  gradients: (dy: tf.Tensor, ...inputs: tf.Tensor[]) => tf.Tensor[],
): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const given = args as tf.Tensor[];
    save(given);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => tf.tidy(() => gradients(dy, ...saved));
    return { value: tf.tidy(() => value(...given)), gradFunc };
  });
  return op(...inputs);
}
