import { backend_util, Conv2DBackpropFilter, Conv2DBackpropInput, util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Conv2DBackpropFilterAttrs, Conv2DBackpropInputAttrs } from '@tensorflow/tfjs-core';
import type { KernelCall, NativeKernel } from '../native.js';

type Info = backend_util.Conv2DInfo;

function geometry(info: Info): number[] {
  return [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth, info.outChannels],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth, info.padInfo.top, info.padInfo.left],
  ];
}

const channelsLast = ({ attrs }: KernelCall) => attrs?.dataFormat !== 'NCHW';

/**
 * Gradient of a 2-D convolution with respect to its filter, float32, NHWC: `dW[r, s, c, f] = Σ x[n, i, j, c] dy[n, p, q, f]`.
 * A NaN or an infinity in `dy` reaches every tap, also those that lie outside the image at that place.
 */
export const conv2dBackpropFilter: NativeKernel = {
  kernelName: Conv2DBackpropFilter,
  takes: channelsLast,
  run(host, { inputs, attrs }) {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { strides, pad, dimRoundingMode, filterShape } = attrs as unknown as Conv2DBackpropFilterAttrs;
    const info = backend_util.computeConv2DInfo(
      x.shape as [number, number, number, number],
      filterShape,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const dw = host.output(filterShape);
    host.scratch(host.exports.conv2dFilterScratch(info.inChannels, info.outChannels) >>> 0, (scratch) =>
      host.exports.conv2dFilterGradient(
        host.address(x),
        host.address(dy),
        host.address(dw),
        ...geometry(info),
        scratch,
      ),
    );
    return dw;
  },
};

/** Gradient of a 2-D convolution with respect to its input, float32, NHWC. */
export const conv2dBackpropInput: NativeKernel = {
  kernelName: Conv2DBackpropInput,
  takes: channelsLast,
  run(host, { inputs, attrs }) {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const { strides, pad, dimRoundingMode, inputShape } = attrs as unknown as Conv2DBackpropInputAttrs;
    const filterShape = filter.shape as [number, number, number, number];
    const info = backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode);
    const dx = host.output(inputShape);
    const taps = info.filterHeight * info.filterWidth;
    if (util.sizeFromShape(inputShape) === 0) return dx;
    host.scratch(host.exports.conv2dInputScratch(info.inChannels, info.outChannels, taps) >>> 0, (scratch) =>
      host.exports.conv2dInputGradient(
        host.address(dy),
        host.address(filter),
        host.address(dx),
        ...geometry(info),
        scratch,
      ),
    );
    return dx;
  },
};
