import * as tf from '@tensorflow/tfjs-core';

/** The first place where two lists differ in the bits of their float32 values, −0 and 0 included; all NaN are one. −1 if none. */
export function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const count = Math.max(a.length, b.length);
  for (let i = 0; i < count; i++) {
    if (i >= a.length || i >= b.length || !Object.is(a[i], b[i])) return i;
  }
  return -1;
}

/** The values of named tensors on the host. */
export type HostTensors = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>;

/** Copies named tensors to the host. */
export function toHost(tensors: Readonly<Record<string, tf.Tensor>>): HostTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      { shape: [...tensor.shape], data: Float32Array.from(tensor.dataSync()) },
    ]),
  );
}

/** Makes tensors of what {@link toHost} gave. */
export function toTensors(host: HostTensors): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(host).map(([name, { shape, data }]) => [name, tf.tensor(Float32Array.from(data), [...shape])]),
  );
}

/** Normally distributed numbers, the same for the same seed from 0. */
export function normal(count: number, seed: number): Float32Array {
  // TF.js takes the seed 0 for none
  return tf.tidy(() => Float32Array.from(tf.randomNormal([count], 0, 1, 'float32', 1 + seed).dataSync()));
}
