import * as tf from '@tensorflow/tfjs-core';

// TF.js's orthogonal initializer, the default of its recurrent layers, calls these as methods of tensors, which a program has that
// imports the whole of TF.js, and not one that imports its core and layers. Where they are missing, no recurrent layer can be built.
const methods = {
  flatten: (x: tf.Tensor) => tf.reshape(x, [x.size]),
  reshape: (x: tf.Tensor, shape: number[]) => tf.reshape(x, shape),
  sign: (x: tf.Tensor) => tf.sign(x),
  stridedSlice: (x: tf.Tensor, begin: number[], end: number[], strides: number[]) =>
    tf.stridedSlice(x, begin, end, strides),
  transpose: (x: tf.Tensor) => tf.transpose(x),
};

for (const [name, method] of Object.entries(methods) as [string, (x: tf.Tensor, ...rest: never[]) => tf.Tensor][]) {
  if (name in tf.Tensor.prototype) continue;
  Object.defineProperty(tf.Tensor.prototype, name, {
    configurable: true,
    writable: true,
    value(this: tf.Tensor, ...rest: never[]) {
      return method(this, ...rest);
    },
  });
}
