import * as tf from '@tensorflow/tfjs-core';
import type { KernelCall } from './native.js';

/** Puts a call that TF.js's own WASM kernel gets wrong in other words, which it gets right. */
export type Repair = (call: KernelCall) => KernelCall;

/** What to do to calls of TF.js's own WASM kernel of that name, or undefined. */
export function repairs(kernelName: string): Repair | undefined {
  return all.get(kernelName);
}

/** Geometry of a forward convolution. */
export function convolutionInfo({ inputs, attrs }: KernelCall, depthwise: boolean): tf.backend_util.Conv2DInfo {
  const { strides, dilations, pad, dimRoundingMode, dataFormat } = attrs as unknown as tf.Conv2DAttrs;
  return tf.backend_util.computeConv2DInfo(
    inputs.x!.shape as [number, number, number, number],
    inputs.filter!.shape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    tf.backend_util.convertConv2DDataFormat(dataFormat ?? 'NHWC'),
  );
}

/**
 * 'same' padding, said in numbers where the windows do not reach the end of a row or column (a 1 x 2 filter with stride 2 on an
 * even height): XNNPACK takes the negative padding that it computes there for a large one.
 */
const samePadding =
  (depthwise: boolean): Repair =>
  (call) => {
    const info = convolutionInfo(call, depthwise);
    const { type, top, bottom, left, right } = info.padInfo;
    if (type !== 'SAME') return call;
    const rest = (size: number, out: number, window: number, stride: number) => (out - 1) * stride + window - size;
    const height = rest(info.inHeight, info.outHeight, info.effectiveFilterHeight, info.strideHeight);
    const width = rest(info.inWidth, info.outWidth, info.effectiveFilterWidth, info.strideWidth);
    if (height >= 0 && width >= 0) return call;
    const pad = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
    return { ...call, attrs: { ...call.attrs, pad } };
  };

const all = new Map<string, Repair>([
  [tf.Conv2D, samePadding(false)],
  [tf.DepthwiseConv2dNative, samePadding(true)],
  [tf.FusedConv2D, samePadding(false)],
  [tf.FusedDepthwiseConv2D, samePadding(true)],
]);
