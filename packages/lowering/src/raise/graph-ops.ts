import type { OpName, Pads, Pair, UnaryFunction } from '@lowbit/graph';
import * as tf from '@tensorflow/tfjs-core';

/** The attributes of those of the ops that have any. */
export interface OpAttributes {
  readonly function?: UnaryFunction;
  readonly min?: number;
  readonly max?: number;
  readonly begin?: readonly number[];
  readonly size?: readonly number[];
  readonly axis?: number;
  readonly transposeB?: boolean;
  readonly strides?: Pair;
  readonly pads?: Pads;
}

type Compute = (
  inputs: readonly tf.Tensor[],
  attributes: OpAttributes,
  vectors: Readonly<Record<string, tf.Tensor>>,
) => tf.Tensor;

type FunctionWithoutLayer = Extract<UnaryFunction, 'abs' | 'sign' | 'exp' | 'sqrt'>;

/** The functions that `tf.layers` has no activation of. */
export const FUNCTIONS: Readonly<Record<FunctionWithoutLayer, (x: tf.Tensor) => tf.Tensor>> = {
  abs: (x) => tf.abs(x),
  sign: (x) => tf.sign(x),
  exp: (x) => tf.exp(x),
  sqrt: (x) => tf.sqrt(x),
};

/** What each op computes of batches. */
export const GRAPH_OPS = {
  affine([x], _attributes, { scale, bias }) {
    const scaled = scale ? tf.mul(x!, scale) : x!;
    return bias ? tf.add(scaled, bias) : tf.clone(scaled);
  },
  unary: ([x], attributes) => FUNCTIONS[attributes.function as FunctionWithoutLayer](x!),
  clip: ([x], { min, max }) => tf.clipByValue(x!, min!, max!),
  add: ([a, b]) => tf.add(a!, b!),
  subtract: ([a, b]) => tf.sub(a!, b!),
  multiply: ([a, b]) => tf.mul(a!, b!),
  maximum: ([a, b]) => tf.maximum(a!, b!),
  slice: ([x], { begin, size }) => tf.slice(x!, [0, ...begin!], [x!.shape[0]!, ...size!]),
  mean: ([x], { axis }) => tf.mean(x!, axis! + 1),
  matMul: ([a, b], { transposeB }) => tf.matMul(a!, b!, false, transposeB),
  // less than all that a window can hold
  maxPool: ([x], window) => pool(padded(x!, window.pads!, -Infinity), window, tf.maxPool),
  // the places of a window outside of the image do not count
  averagePool: ([x], window) =>
    tf.div(
      pool(padded(x!, window.pads!, 0), window, tf.avgPool),
      pool(padded(tf.onesLike(x!), window.pads!, 0), window, tf.avgPool),
    ),
} satisfies Partial<Record<OpName, Compute>>;

export type GraphOpName = keyof typeof GRAPH_OPS;

function padded(x: tf.Tensor, [top, left, bottom, right]: Pads, value: number): tf.Tensor4D {
  return tf.pad(x as tf.Tensor4D, [[0, 0], [top, bottom], [left, right], [0, 0]], value); // prettier-ignore
}

function pool(x: tf.Tensor4D, { size, strides }: OpAttributes, by: typeof tf.maxPool | typeof tf.avgPool): tf.Tensor {
  return by(x, size as [number, number], strides as [number, number], 'valid');
}
