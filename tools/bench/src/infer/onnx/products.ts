import type { Shape } from '../pointwise.js';
import { noise } from './noise.js';
import { onnxFile, type OnnxGraph, type OnnxNode, type OnnxTensor } from './file.js';

/** An ONNX file, and what it is given. */
export interface OnnxModel {
  readonly file: Uint8Array;
  readonly type: 'float32' | 'uint8';
  readonly shape: readonly number[];
}

/** A point-wise convolution of uint8 by random int8 as one op. */
type Write = (shape: Shape) => OnnxModel;

const SCALARS = {
  xs: { type: 'float', data: Float32Array.of(0.02) },
  xz: { type: 'uint8', data: Uint8Array.of(128) },
  ys: { type: 'float', data: Float32Array.of(0.5) },
  yz: { type: 'uint8', data: Uint8Array.of(128) },
} as const;

const scalars = (...names: (keyof typeof SCALARS)[]): OnnxTensor[] =>
  names.map((name) => ({ name, shape: [], ...SCALARS[name] }));

/** Weights of this shape, `filters` scales and zero points. */
const weights = (filters: number, shape: readonly number[]): OnnxTensor[] => [
  { name: 'w', type: 'int8', shape, data: noise(shape.reduce((product, side) => product * side, 1)) },
  { name: 'ws', type: 'float', shape: [filters], data: new Float32Array(filters).fill(0.01) },
  { name: 'wz', type: 'int8', shape: [filters], data: new Int8Array(filters) },
];

function model(
  node: Omit<OnnxNode, 'output'>,
  tensors: readonly OnnxTensor[],
  shape: readonly number[],
  output: Omit<OnnxGraph['output'], 'name'>,
): OnnxModel {
  const file = onnxFile({
    nodes: [{ ...node, output: 'y' }],
    tensors: tensors.filter(({ name }) => node.inputs.includes(name)),
    input: { name: 'x', type: 'uint8', shape },
    output: { name: 'y', ...output },
  });
  return { file, type: 'uint8', shape };
}

const PRODUCTS = {
  /** To int32 sums. */
  MatMulInteger: ([places, channels, filters]) =>
    model(
      { op: 'MatMulInteger', inputs: ['x', 'w', 'xz', 'wz'] },
      [...scalars('xz'), ...weights(filters, [channels, filters])],
      [places, channels],
      { type: 'int32', shape: [places, filters] },
    ),
  /** Channels last, to uint8. */
  QLinearConv: ([places, channels, filters]) =>
    model(
      {
        ...{ op: 'QLinearConv', inputs: ['x', 'xs', 'xz', 'w', 'ws', 'wz', 'ys', 'yz'], isMicrosoft: true },
        attributes: { kernel_shape: [1, 1], channels_last: 1 },
      },
      [...scalars('xs', 'xz', 'ys', 'yz'), ...weights(filters, [filters, channels, 1, 1])],
      [1, 1, places, channels],
      { type: 'uint8', shape: [1, 1, places, filters] },
    ),
  /** To uint8. */
  QLinearMatMul: ([places, channels, filters]) =>
    model(
      { op: 'QLinearMatMul', inputs: ['x', 'xs', 'xz', 'w', 'ws', 'wz', 'ys', 'yz'] },
      [...scalars('xs', 'xz', 'ys', 'yz'), ...weights(filters, [channels, filters])],
      [places, channels],
      { type: 'uint8', shape: [places, filters] },
    ),
} satisfies Record<string, Write>;

/** ONNX ops that multiply int8 matrices. */
export type OnnxProduct = keyof typeof PRODUCTS;

export const ONNX_PRODUCTS = Object.keys(PRODUCTS) as OnnxProduct[];

export function onnxProduct(kind: OnnxProduct, shape: Shape): OnnxModel {
  return PRODUCTS[kind](shape);
}
