import {
  backend_util,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { NativeKernel } from '../native.js';

type Shape4D = [number, number, number, number];

function geometry(
  inputShape: Shape4D,
  filterShape: Shape4D,
  attrs: Pick<DepthwiseConv2dNativeBackpropFilterAttrs, 'strides' | 'dilations' | 'pad' | 'dimRoundingMode'>,
): number[] {
  const { strides, dilations, pad, dimRoundingMode } = attrs;
  const info = backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true /* depthwise */,
  );
  return [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth, filterShape[3]],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
    ...[info.dilationHeight, info.dilationWidth, info.padInfo.top, info.padInfo.left],
  ];
}

/** Gradient of a depthwise convolution with respect to its filter, float32, NHWC. */
export const depthwiseBackpropFilter: NativeKernel = {
  kernelName: DepthwiseConv2dNativeBackpropFilter,
  takes: () => true,
  run(host, { inputs, attrs }) {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const options = attrs as unknown as DepthwiseConv2dNativeBackpropFilterAttrs;
    const numbers = geometry(x.shape as Shape4D, options.filterShape, options);
    const dw = host.output(options.filterShape);
    host.exports.depthwiseFilterGradient(host.address(x), host.address(dy), host.address(dw), ...numbers);
    return dw;
  },
};

/** Gradient of a depthwise convolution with respect to its input, float32, NHWC. */
export const depthwiseBackpropInput: NativeKernel = {
  kernelName: DepthwiseConv2dNativeBackpropInput,
  takes: () => true,
  run(host, { inputs, attrs }) {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const options = attrs as unknown as DepthwiseConv2dNativeBackpropInputAttrs;
    const numbers = geometry(options.inputShape, filter.shape as Shape4D, options);
    const dx = host.output(options.inputShape);
    host.exports.depthwiseInputGradient(host.address(dy), host.address(filter), host.address(dx), ...numbers);
    return dx;
  },
};
