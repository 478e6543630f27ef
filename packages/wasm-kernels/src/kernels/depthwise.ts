import {
  backend_util,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  FusedDepthwiseConv2D,
  util,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type FusedDepthwiseConv2DAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { KernelCall, NativeKernel } from '../native.js';

type Shape4D = [number, number, number, number];
type Attrs = Pick<DepthwiseConv2dNativeBackpropFilterAttrs, 'strides' | 'dilations' | 'pad' | 'dimRoundingMode'>;

function convolution(inputShape: Shape4D, filterShape: Shape4D, attrs: object): backend_util.Conv2DInfo {
  const { strides, dilations, pad, dimRoundingMode } = attrs as Attrs;
  // the layer of tf.layers gives null
  return backend_util.computeConv2DInfo(inputShape, filterShape, strides, dilations ?? 1, pad, dimRoundingMode, true);
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

function sizes(info: backend_util.Conv2DInfo): number[] {
  return [info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth];
}

function windows(info: backend_util.Conv2DInfo): number[] {
  return [
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
    ...[info.dilationHeight, info.dilationWidth, info.padInfo.top, info.padInfo.left],
  ];
}

function geometry(info: backend_util.Conv2DInfo): number[] {
  return [...sizes(info), info.filterShape[3], ...windows(info)];
}

function takesForward({ inputs: { x, filter, bias, preluActivationWeights }, attrs }: KernelCall): boolean {
  const { dataFormat, activation = 'linear' } = attrs as unknown as Partial<FusedDepthwiseConv2DAttrs>;
  if (x?.dtype !== 'float32' || filter?.dtype !== 'float32' || dataFormat === 'NCHW') return false;
  if (activation !== 'linear' || preluActivationWeights) return false;
  const [height, width, channels, multiplier] = filter.shape as Shape4D;
  // where TF.js's own kernel is slower: with few taps there is little to win
  if (multiplier !== 1 || channels % 8 !== 0 || height * width <= 4) return false;
  return !bias || util.arraysEqual(bias.shape, [channels]);
}

const forward: NativeKernel['run'] = ({ exports, address, output }, { inputs, attrs }) => {
  const { x, filter, bias } = inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo };
  const info = convolution(x.shape as Shape4D, filter.shape as Shape4D, attrs!);
  const y = output(info.outShape);
  const offsets = bias ? address(bias) : 0;
  exports.depthwise(address(x), address(filter), address(y), offsets, ...sizes(info), ...windows(info));
  return y;
};

/** A depthwise convolution of float32 tensors with one filter a channel, NHWC, with or without a bias. */
export const depthwise: NativeKernel = { kernelName: DepthwiseConv2dNative, takes: takesForward, run: forward };

/** The same where TF.js fuses a bias with it; with an activation TF.js's own kernel runs. */
export const fusedDepthwise: NativeKernel = { kernelName: FusedDepthwiseConv2D, takes: takesForward, run: forward };

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
