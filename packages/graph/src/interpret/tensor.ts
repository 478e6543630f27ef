import type { Levels, Value } from '../graph.js';
import { meaningsOf, zeroCode } from '../levels.js';

/** Real numbers, or codes of one byte each; row-major. */
export type Tensor = FloatTensor | CodeTensor;

export interface FloatTensor extends Value {
  readonly type: 'float32';
  readonly data: Float32Array;
}

export interface CodeTensor extends Value {
  readonly type: Levels;
  readonly data: Uint8Array;
}

export function floatTensor(shape: readonly number[], data: Float32Array): FloatTensor {
  return { shape, type: 'float32', data };
}

export function isFloat(tensor: Tensor): tensor is FloatTensor {
  return tensor.type === 'float32';
}

/** Codes as what they stand for; real numbers as they are. */
export function dequantized(tensor: Tensor): FloatTensor {
  if (isFloat(tensor)) return tensor;
  const meanings = meaningsOf(tensor.type);
  return floatTensor(
    tensor.shape,
    new Float32Array(tensor.data).map((code) => meanings[code]!),
  );
}

/** A tensor of the same type as another, filled with 0 or with the code that stands for it. */
export function zerosLike(tensor: Tensor, shape: readonly number[], size: number): Tensor {
  return isFloat(tensor)
    ? floatTensor(shape, new Float32Array(size))
    : { shape, type: tensor.type, data: new Uint8Array(size).fill(zeroCode(tensor.type)) };
}
