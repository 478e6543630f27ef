import {
  AvgPoolGrad,
  backend_util,
  MaxPoolGrad,
  util,
  type AvgPoolGradAttrs,
  type MaxPoolGradAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { KernelCall, NativeKernel } from '../native.js';

function pooling({ inputs, attrs }: KernelCall): backend_util.Conv2DInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as MaxPoolGradAttrs & AvgPoolGradAttrs;
  const shape = inputs.input!.shape as [number, number, number, number];
  return backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
}

function takes(call: KernelCall): boolean {
  const { input, dy } = call.inputs;
  return input!.dtype === 'float32' && util.arraysEqual(pooling(call).outShape, dy!.shape);
}

function geometry(info: backend_util.Conv2DInfo): number[] {
  return [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth, info.padInfo.top, info.padInfo.left],
  ];
}

/** Gradient of max pooling, float32, NHWC: to the first largest element of each window, as on the cpu backend. */
export const maxPoolGrad: NativeKernel = {
  kernelName: MaxPoolGrad,
  takes,
  run({ exports, address, output }, call) {
    const { input, dy } = call.inputs as { input: TensorInfo; dy: TensorInfo };
    const dx = output(input.shape);
    exports.maxPoolGradient(address(input), address(dy), address(dx), ...geometry(pooling(call)));
    return dx;
  },
};

/**
 * Gradient of average pooling, float32, NHWC: in parts of 1 / (window's size) also where the window hangs over the edge, as on
 * every backend of TF.js (whose forward pass divides by what lies inside).
 */
export const avgPoolGrad: NativeKernel = {
  kernelName: AvgPoolGrad,
  takes,
  run({ exports, address, output }, call) {
    const { input, dy } = call.inputs as { input: TensorInfo; dy: TensorInfo };
    const dx = output(input.shape);
    exports.avgPoolGradient(address(dy), address(dx), ...geometry(pooling(call)));
    return dx;
  },
};
