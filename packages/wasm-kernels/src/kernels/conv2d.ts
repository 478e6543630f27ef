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
import { convolution, geometry, type Shape4D } from './convolution.js';
import { isPointwise, pointwiseInputGradient } from './pointwise.js';
import { byWinograd } from './winograd.js';

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

/** Whether `outerFilterGradient` computes the filter's gradient: whole tiles, of pixels so small that a block of them stays in the cache. */
function fillsTiles({ inChannels, outChannels }: backend_util.Conv2DInfo): boolean {
  return inChannels % 4 === 0 && outChannels % 8 === 0 && inChannels + outChannels <= 256;
}

/** A pointwise convolution of stride 1 as one of a single image, with lines of a length that is dealt with at once. */
function inLines(info: backend_util.Conv2DInfo): backend_util.Conv2DInfo {
  if (!isPointwise(info) || info.strideHeight !== 1) return info;
  const pixels = info.batchSize * info.inHeight * info.inWidth;
  const width = pixels % 64 === 0 ? 64 : info.inWidth;
  const height = pixels / width;
  return { ...info, batchSize: 1, inHeight: height, outHeight: height, inWidth: width, outWidth: width };
}

/** The convolution of dy that gives the input's gradient, of a convolution of stride 1. */
function mirrored(info: backend_util.Conv2DInfo): backend_util.Conv2DInfo {
  const { padInfo, filterHeight, filterWidth } = info;
  return {
    ...info,
    inHeight: info.outHeight,
    inWidth: info.outWidth,
    inChannels: info.outChannels,
    outHeight: info.inHeight,
    outWidth: info.inWidth,
    outChannels: info.inChannels,
    padInfo: { ...padInfo, top: filterHeight - 1 - padInfo.top, left: filterWidth - 1 - padInfo.left },
  };
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
    const dw = host.output(info.filterShape);
    const [from, seen, to] = [address(x), address(dy), address(dw)];
    byWinograd(
      host,
      info,
      (numbers, scratch) => exports.winogradFilterGradient(from, seen, to, ...numbers, scratch),
      () => {
        if (fillsTiles(info)) return exports.outerFilterGradient(from, seen, to, ...geometry(inLines(info)));
        host.scratch(exports.conv2dFilterScratch(info.inChannels, info.outChannels) >>> 0, (scratch) =>
          exports.conv2dFilterGradient(from, seen, to, ...geometry(info), scratch),
        );
      },
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
    if (info.strideHeight === 1 && info.strideWidth === 1) {
      const [from, weights, to] = [address(dy), address(filter), address(dx)];
      const turned = mirrored(info);
      byWinograd(
        host,
        turned,
        (numbers, scratch) => exports.winograd(from, weights, to, 0, ...numbers, 1, scratch),
        () =>
          host.scratch(exports.windowsScratch(info.outChannels, info.inChannels, taps) >>> 0, (scratch) =>
            exports.windows(from, weights, to, 0, ...geometry(turned), 1, scratch),
          ),
      );
      return dx;
    }
    host.scratch(exports.windowsScratch(info.outChannels, info.inChannels, taps) >>> 0, (scratch) =>
      exports.conv2dInputGradient(address(dy), address(filter), address(dx), ...geometry(info), scratch),
    );
    return dx;
  },
};
