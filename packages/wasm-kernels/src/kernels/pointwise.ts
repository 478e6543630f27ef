import { Conv2D, FusedConv2D, type backend_util, type FusedConv2DAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelCall, KernelHost, NativeKernel } from '../native.js';
import { convolution, type Shape4D } from './convolution.js';

/** Whether a convolution is a product of its pixels, or of every so many of them, with its filter. */
export function isPointwise(info: backend_util.Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo, outHeight, outWidth } = info;
  return (
    filterHeight === 1 &&
    filterWidth === 1 &&
    strideHeight === strideWidth &&
    padInfo.top === 0 &&
    padInfo.left === 0 &&
    outHeight === Math.ceil(info.inHeight / strideHeight) &&
    outWidth === Math.ceil(info.inWidth / strideWidth)
  );
}

/** dx of a 1×1 convolution: dy times the transposed filter, at the pixels that the convolution read. */
export function pointwiseInputGradient(
  { exports, address, output, scratch }: KernelHost,
  dy: TensorInfo,
  filter: TensorInfo,
  info: backend_util.Conv2DInfo,
): TensorInfo {
  const dx = output(info.inShape);
  const {
    batchSize,
    outHeight,
    outWidth,
    inChannels: n,
    outChannels: k,
    inHeight,
    inWidth,
    strideHeight: stride,
  } = info;
  if (stride > 1) exports.clear(address(dx), 4 * batchSize * inHeight * inWidth * n);
  const m = batchSize * outHeight * outWidth;
  const [a, b, c] = [address(dy), address(filter), address(dx)];
  scratch(exports.pointwiseScratch(n) >>> 0, (free) =>
    exports.pointwise(a, b, c, m, k, n, 1, 0, inHeight, inWidth, stride, 1, free),
  );
  return dx;
}

/** Whether {@link pointwiseFilterGradient} computes the filter's gradient: whole tiles, of pixels that fit the cache. */
export function isSmallPointwise(info: backend_util.Conv2DInfo): boolean {
  const { inChannels, outChannels, strideHeight } = info;
  const fits = inChannels % 4 === 0 && outChannels % 8 === 0 && inChannels + outChannels <= 256;
  return fits && strideHeight === 1 && isPointwise(info);
}

/** dW of a 1×1 convolution of stride 1: the transposed pixels times dy. */
export function pointwiseFilterGradient(
  { exports, address, output }: KernelHost,
  x: TensorInfo,
  dy: TensorInfo,
  { filterShape, batchSize, outHeight, outWidth, inChannels, outChannels }: backend_util.Conv2DInfo,
): TensorInfo {
  const dw = output(filterShape);
  const m = batchSize * outHeight * outWidth;
  exports.pointwiseFilterGradient(address(x), address(dy), address(dw), m, inChannels, outChannels);
  return dw;
}

function infoOf({ inputs: { x, filter }, attrs }: KernelCall): backend_util.Conv2DInfo {
  return convolution(x!.shape as Shape4D, filter!.shape as Shape4D, attrs!);
}

function takes(call: KernelCall): boolean {
  const { x, filter, bias, preluActivationWeights } = call.inputs;
  const { activation = 'linear', dataFormat } = call.attrs as unknown as Partial<FusedConv2DAttrs>;
  if (x?.dtype !== 'float32' || filter?.dtype !== 'float32' || dataFormat === 'NCHW') return false;
  if (activation !== 'linear' || preluActivationWeights) return false;
  return (!bias || (bias.shape.length === 1 && bias.shape[0] === filter.shape[3])) && isPointwise(infoOf(call));
}

function run({ exports, address, output, scratch }: KernelHost, call: KernelCall): TensorInfo {
  const { x, filter, bias } = call.inputs;
  const {
    batchSize,
    outHeight,
    outWidth,
    inChannels: k,
    outChannels: n,
    inHeight,
    inWidth,
    strideHeight,
    outShape,
  } = infoOf(call);
  const y = output(outShape);
  const m = batchSize * outHeight * outWidth;
  const [a, b, c, offsets] = [address(x!), address(filter!), address(y), bias ? address(bias) : 0];
  scratch(exports.pointwiseScratch(n) >>> 0, (free) =>
    exports.pointwise(a, b, c, m, k, n, 0, offsets, inHeight, inWidth, strideHeight, 0, free),
  );
  return y;
}

/** A 1×1 convolution of float32 tensors, channels last, of any one stride, with or without a bias. */
export const conv2d: NativeKernel = { kernelName: Conv2D, takes, run };

/** The same where TF.js fuses a bias with it; with an activation TF.js's own kernel runs. */
export const fusedConv2d: NativeKernel = { kernelName: FusedConv2D, takes, run };
