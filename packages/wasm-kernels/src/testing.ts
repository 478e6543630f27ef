import * as tf from '@tensorflow/tfjs-core';

/** Values and shape of a tensor, off any backend. */
export interface Values {
  shape: number[];
  dtype: string;
  values: number[];
}

/** Runs `make` on a backend and reads what it gives; fails when it leaves tensors behind. */
export function on(backend: 'wasm' | 'cpu', make: () => tf.Tensor): Values {
  tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const read = tf.tidy(() => {
    const tensor = make();
    return { shape: tensor.shape, dtype: tensor.dtype, values: Array.from(tensor.dataSync<'float32'>()) };
  });
  if (tf.memory().numTensors !== before) throw new Error(`${tf.memory().numTensors - before} tensors were left behind`);
  return read;
}

/** Runs a kernel of TF.js by name. */
export function run(kernelName: string, inputs: tf.NamedTensorMap, attrs: object = {}): tf.Tensor {
  return tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap);
}

/** The largest difference of `a` and `b`, relative to the largest element of `b` (at least 1); NaN equals NaN. */
export function difference(a: Values, b: Values): number {
  if (String(a.shape) !== String(b.shape) || a.dtype !== b.dtype || a.values.length !== b.values.length)
    return Infinity;
  const scale = b.values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1);
  let most = 0;
  a.values.forEach((value, i) => {
    const distance = Object.is(value, b.values[i]) ? 0 : Math.abs(value - b.values[i]!) / scale;
    most = Number.isNaN(distance) ? Infinity : Math.max(most, distance);
  });
  return most;
}

/** Float32 numbers in [-1, 1) that depend on `seed` alone. */
export function noise(shape: number[], seed: number): tf.Tensor {
  let state = seed * 2654435761 + 1;
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return tf.tensor(values, shape);
}

/**
 * Slope of `sum(f(...)²)` along a random direction by its gradient, over the same by a central difference; 1 where the
 * gradient is right.
 */
export function slopeRatio(f: (...inputs: tf.Tensor[]) => tf.Tensor, shapes: number[][]): number {
  return tf.tidy(() => {
    const inputs = shapes.map((shape, i) => noise(shape, i + 1));
    const directions = shapes.map((shape, i) => noise(shape, i + 101));
    const loss = (...at: tf.Tensor[]) => tf.sum(tf.square(f(...at))) as tf.Scalar;
    const slopes = tf
      .grads(loss)(inputs)
      .map((gradient, i) => tf.sum(tf.mul(gradient, directions[i]!)).dataSync()[0]!);
    const along = (t: number) => loss(...inputs.map((x, i) => tf.add(x, tf.mul(directions[i]!, t)))).dataSync()[0]!;
    const h = 1e-2;
    return slopes.reduce((sum, slope) => sum + slope) / ((along(h) - along(-h)) / (2 * h));
  });
}
