import { ClipByValue, util, type ClipByValueAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeKernel } from '../native.js';

/** Clip of float32 tensors. A NaN stays one, where TF.js's own kernel makes a number of it. */
export const clipByValue: NativeKernel = {
  kernelName: ClipByValue,
  takes: ({ inputs: { x } }) => x?.dtype === 'float32',
  run(host, { inputs, attrs }) {
    const { x } = inputs as { x: TensorInfo };
    const { clipValueMin, clipValueMax } = attrs as unknown as ClipByValueAttrs;
    const y = host.output(x.shape);
    host.exports.clip(host.address(x), host.address(y), util.sizeFromShape(x.shape), clipValueMin, clipValueMax);
    return y;
  },
};
