import * as tf from '@tensorflow/tfjs-core';
import { convolutionInfo } from './repairs.js';
import type { KernelCall } from './native.js';

/** Whether TF.js's own WASM kernel refuses a call, or gets it wrong, so that the cpu backend's has to run. */
export type Refusal = (call: KernelCall) => boolean;

/** Which calls TF.js's own WASM kernel of that name does not take, or undefined where it takes all. */
export function refuses(kernelName: string): Refusal | undefined {
  return refusals.get(kernelName);
}

const tensors = ({ inputs }: KernelCall): tf.TensorInfo[] => Object.values(inputs).filter((input) => !!input);

/** A dtype that the kernel stores or compares as if it were numbers. */
const dtype =
  (...names: string[]): Refusal =>
  (call) =>
    tensors(call).some((tensor) => names.includes(tensor.dtype));

const notFloat: Refusal = ({ inputs }) => [inputs.a, inputs.b, inputs.x].some((x) => x && x.dtype !== 'float32');

const channelsFirst: Refusal = ({ attrs }) => attrs?.dataFormat === 'NCHW';

/** TF.js's fused kernels add a bias of rank 1 only; other ranks broadcast. */
const biasRank: Refusal = ({ inputs: { bias } }) => !!bias && bias.shape.length !== 1;

/** It knows no complex numbers, and makes a bool of the lowest byte of each element. */
const castBetween: Refusal = ({ inputs: { x }, attrs }) =>
  attrs?.dtype === 'complex64' || (attrs?.dtype === 'bool' && x!.dtype !== 'bool');

type Shape4D = [number, number, number, number];

/**
 * XNNPACK, which runs TF.js's convolutions and pools, computes the result's size by itself. Where TF.js has another one (it
 * takes height for width where a number is the padding, and allows empty results), XNNPACK writes beyond the result's memory.
 */
function hasOtherSize(info: tf.backend_util.Conv2DInfo): boolean {
  const { top, bottom, left, right } = info.padInfo;
  const height = Math.floor((info.inHeight + top + bottom - info.effectiveFilterHeight) / info.strideHeight) + 1;
  const width = Math.floor((info.inWidth + left + right - info.effectiveFilterWidth) / info.strideWidth) + 1;
  return height !== info.outHeight || width !== info.outWidth || height <= 0 || width <= 0;
}

/** Windows that lie in the padding alone are left as memory has them. */
const oddPooling: Refusal = ({ inputs: { x }, attrs }) => {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as tf.MaxPoolAttrs;
  const info = tf.backend_util.computePool2DInfo(x!.shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
  const { top, bottom, left, right } = info.padInfo;
  const outside =
    Math.max(top, bottom) >= info.effectiveFilterHeight || Math.max(left, right) >= info.effectiveFilterWidth;
  return outside || hasOtherSize(info);
};

const oddConvolution =
  (depthwise: boolean): Refusal =>
  (call) =>
    hasOtherSize(convolutionInfo(call, depthwise));

/** A slice beyond the tensor reads other memory; the cpu backend's kernel says what is wrong with it. */
const beyondTensor: Refusal = ({ inputs: { x }, attrs }) => {
  const { begin, size } = attrs as unknown as tf.SliceAttrs;
  const [from, sizes] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size);
  return from.some((start, axis) => start + sizes[axis]! > x!.shape[axis]!);
};

const either =
  (...all: Refusal[]): Refusal =>
  (call) =>
    all.some((refuse) => refuse(call));

const refusals = new Map<string, Refusal>([
  ...[tf.Add, tf.Sub, tf.Multiply, tf.Concat, tf.OnesLike, tf.ZerosLike].map(
    (name) => [name, dtype('complex64')] as const,
  ),
  ...[tf.Equal, tf.NotEqual, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual, tf.Tile, tf.SparseToDense].map(
    (name) => [name, dtype('string')] as const,
  ),
  [tf.AvgPool, either(notFloat, oddPooling)],
  [tf.BatchMatMul, notFloat],
  [tf.Bincount, ({ inputs: { x } }) => x!.shape.length !== 1],
  [tf.Cast, either(dtype('complex64'), castBetween)],
  [tf.ClipByValue, notFloat],
  [tf.Conv2D, either(channelsFirst, oddConvolution(false))],
  // it reads beyond dy and the filter at the first places of each image: what lies there gets into the gradient
  [tf.Conv3DBackpropInputV2, () => true],
  [tf.DepthwiseConv2dNative, oddConvolution(true)],
  [tf.Fill, ({ attrs }) => attrs?.dtype === 'string' || typeof attrs?.value === 'string'],
  [tf.FusedConv2D, either(channelsFirst, biasRank, oddConvolution(false))],
  [tf.FusedDepthwiseConv2D, either(biasRank, oddConvolution(true))],
  [tf.MaxPool, either(notFloat, oddPooling)],
  // it writes integers, whatever the dtype
  [tf.OneHot, ({ attrs }) => (attrs?.dtype ?? 'int32') !== 'int32'],
  [tf.Slice, beyondTensor],
  [tf._FusedMatMul, either(notFloat, biasRank)],
]);
