import * as tf from '@tensorflow/tfjs-core';

/** Multiplies two small matrices on the current backend. Throws an Error when it does not answer rightly. */
export async function selfTest(): Promise<void> {
  const product = tf.tidy(() => tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])));
  try {
    const values = [...(await product.data())];
    if (String(values) !== '19,22,43,50')
      throw new Error(`it computes [${values.join(', ')}] where [19, 22, 43, 50] is right`);
  } finally {
    product.dispose();
  }
}
