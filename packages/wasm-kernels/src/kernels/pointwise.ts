import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelHost } from '../native.js';

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

/** y of a 1×1 convolution: the pixels that it reads times the filter. */
export function pointwiseForward(
  { exports, address, output, scratch }: KernelHost,
  { x, filter, bias }: { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo },
  info: backend_util.Conv2DInfo,
): TensorInfo {
  const { batchSize, outHeight, outWidth, inChannels: k, outChannels: n, inHeight, inWidth, strideHeight } = info;
  const y = output(info.outShape);
  const m = batchSize * outHeight * outWidth;
  const [a, b, c, offsets] = [address(x), address(filter), address(y), bias ? address(bias) : 0];
  scratch(exports.pointwiseScratch(n) >>> 0, (free) =>
    exports.pointwise(a, b, c, m, k, n, 0, offsets, inHeight, inWidth, strideHeight, 0, free),
  );
  return y;
}
