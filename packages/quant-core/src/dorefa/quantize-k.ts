import { canRunPrograms } from '@lowbit/webgpu-host';
import * as tf from '@tensorflow/tfjs-core';
import { topCode } from '../bits.js';
import { lookup } from '../lookup.js';

/**
 * Codes of x ∈ [0, 1] as float32 whole numbers: round(x·n), n = 2^k − 1, ties to even. Adding 0 turns −0 to 0, so that what
 * is computed with has the bits of what is decoded.
 */
export function codesOfUnit(x: tf.Tensor, bits: number): tf.Tensor {
  return tf.add(tf.round(tf.mul(x, topCode(bits))), 0);
}

/** What codes stand for in [0, 1]: code / n, looked up where a division may be off by a bit. */
export function unitOfCodes(codes: tf.Tensor, bits: number): tf.Tensor {
  if (canRunPrograms(tf.backend())) return lookup(unitLevels(bits), tf.cast(codes, 'int32'));
  return tf.div(codes, topCode(bits));
}

/** What every code of a k-bit quantizer stands for in [0, 1], as the host divides: a GPU's division may be off by a bit. */
export function unitLevels(bits: number): tf.Tensor1D {
  const top = topCode(bits);
  return tf.tensor1d(Float32Array.from({ length: top + 1 }, (_, code) => code / top));
}

/** Every code of a k-bit quantizer, 0 … n, float32. */
export function allCodes(bits: number): tf.Tensor1D {
  return tf.range(0, topCode(bits) + 1, 1, 'float32');
}

/**
 * DoReFa's quantize_k: q = round(x·n)/n with n = 2^k − 1 for x in [0, 1]; the gradient of rounding is taken as 1 (STE).
 * Slides "Lightweighting" eq. 5; ties go to the even code, as in TensorFlow.
 *
 * @param x any shape, values in [0, 1]
 * @param bits k, 1 to 8
 */
export function quantizeK(x: tf.Tensor, bits: number): tf.Tensor {
  const straightThrough = tf.customGrad((input) => ({
    value: tf.tidy(() => unitOfCodes(codesOfUnit(input as tf.Tensor, bits), bits)),
    gradFunc: (dy: tf.Tensor) => tf.clone(dy),
  }));
  return straightThrough(x);
}
