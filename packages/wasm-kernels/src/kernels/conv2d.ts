import {
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  util,
  type backend_util,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { KernelCall, NativeKernel } from '../native.js';
import { convolution, type Shape4D } from './convolution.js';
import { isPointwise, isSmallPointwise, pointwiseFilterGradient, pointwiseInputGradient } from './pointwise.js';

function filterGradient({ inputs, attrs }: KernelCall): backend_util.Conv2DInfo {
  const { filterShape } = attrs as unknown as Conv2DBackpropFilterAttrs;
  return convolution(inputs.x!.shape as Shape4D, filterShape, attrs!);
}

function inputGradient({ inputs, attrs }: KernelCall): backend_util.Conv2DInfo {
  const { inputShape } = attrs as unknown as Conv2DBackpropInputAttrs;
  return convolution(inputShape, inputs.filter!.shape as Shape4D, attrs!);
}

/** Channels last, and a `dy` of the shape that the convolution has: a transposed convolution may bring another. */
const takes = (infoOf: typeof filterGradient) => (call: KernelCall) =>
  call.attrs?.dataFormat !== 'NCHW' && util.arraysEqual(infoOf(call).outShape, call.inputs.dy!.shape);

function geometry(info: backend_util.Conv2DInfo): number[] {
  return [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth, info.outChannels],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth, info.padInfo.top, info.padInfo.left],
  ];
}

/**
 * Gradient of a 2-D convolution with respect to its filter, float32, NHWC: `dW[r, s, c, f] = Σ x[n, i, j, c] dy[n, p, q, f]`.
 * A NaN or an infinity in `dy` reaches every tap, also those that lie outside the image at that place.
 */
export const conv2dBackpropFilter: NativeKernel = {
  kernelName: Conv2DBackpropFilter,
  takes: takes(filterGradient),
  run(host, call) {
    const { x, dy } = call.inputs as { x: TensorInfo; dy: TensorInfo };
    const { exports, address } = host;
    const info = filterGradient(call);
    if (isSmallPointwise(info)) return pointwiseFilterGradient(host, x, dy, info);
    const dw = host.output(info.filterShape);
    host.scratch(exports.conv2dFilterScratch(info.inChannels, info.outChannels) >>> 0, (scratch) =>
      exports.conv2dFilterGradient(address(x), address(dy), address(dw), ...geometry(info), scratch),
    );
    return dw;
  },
};

/** Gradient of a 2-D convolution with respect to its input, float32, NHWC. */
export const conv2dBackpropInput: NativeKernel = {
  kernelName: Conv2DBackpropInput,
  takes: takes(inputGradient),
  run(host, call) {
    const { dy, filter } = call.inputs as { dy: TensorInfo; filter: TensorInfo };
    const { exports, address } = host;
    const info = inputGradient(call);
    if (isPointwise(info)) return pointwiseInputGradient(host, dy, filter, info);
    const dx = host.output(info.inShape);
    const taps = info.filterHeight * info.filterWidth;
    host.scratch(exports.conv2dInputScratch(info.inChannels, info.outChannels, taps) >>> 0, (scratch) =>
      exports.conv2dInputGradient(address(dy), address(filter), address(dx), ...geometry(info), scratch),
    );
    return dx;
  },
};
