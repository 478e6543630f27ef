import {
  backend_util,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  util,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { KernelCall, NativeKernel } from '../native.js';

type Shape4D = [number, number, number, number];
type Attrs = Pick<DepthwiseConv2dNativeBackpropFilterAttrs, 'strides' | 'dilations' | 'pad' | 'dimRoundingMode'>;

function convolution(inputShape: Shape4D, filterShape: Shape4D, attrs: object): backend_util.Conv2DInfo {
  const { strides, dilations, pad, dimRoundingMode } = attrs as Attrs;
  return backend_util.computeConv2DInfo(inputShape, filterShape, strides, dilations, pad, dimRoundingMode, true);
}

function filterGradient({ inputs, attrs }: KernelCall): backend_util.Conv2DInfo {
  const { filterShape } = attrs as unknown as DepthwiseConv2dNativeBackpropFilterAttrs;
  return convolution(inputs.x!.shape as Shape4D, filterShape, attrs!);
}

function inputGradient({ inputs, attrs }: KernelCall): backend_util.Conv2DInfo {
  const { inputShape } = attrs as unknown as DepthwiseConv2dNativeBackpropInputAttrs;
  return convolution(inputShape, inputs.filter!.shape as Shape4D, attrs!);
}

const takes = (infoOf: typeof filterGradient) => (call: KernelCall) =>
  util.arraysEqual(infoOf(call).outShape, call.inputs.dy!.shape);

function geometry(info: backend_util.Conv2DInfo): number[] {
  const multiplier = info.filterShape[3];
  return [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth, multiplier],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
    ...[info.dilationHeight, info.dilationWidth, info.padInfo.top, info.padInfo.left],
  ];
}

/** Gradient of a depthwise convolution with respect to its filter, float32, NHWC. */
export const depthwiseBackpropFilter: NativeKernel = {
  kernelName: DepthwiseConv2dNativeBackpropFilter,
  takes: takes(filterGradient),
  run({ exports, address, output }, call) {
    const { x, dy } = call.inputs as { x: TensorInfo; dy: TensorInfo };
    const info = filterGradient(call);
    const dw = output(info.filterShape);
    exports.depthwiseFilterGradient(address(x), address(dy), address(dw), ...geometry(info));
    return dw;
  },
};

/** Gradient of a depthwise convolution with respect to its input, float32, NHWC. */
export const depthwiseBackpropInput: NativeKernel = {
  kernelName: DepthwiseConv2dNativeBackpropInput,
  takes: takes(inputGradient),
  run({ exports, address, output }, call) {
    const { dy, filter } = call.inputs as { dy: TensorInfo; filter: TensorInfo };
    const info = inputGradient(call);
    const dx = output(info.inShape);
    exports.depthwiseInputGradient(address(dy), address(filter), address(dx), ...geometry(info));
    return dx;
  },
};
