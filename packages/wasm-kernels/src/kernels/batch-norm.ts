import { FusedBatchNorm, util, type FusedBatchNormAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeKernel } from '../native.js';

/** Batch normalization over the last axis of a float32 tensor, with given mean and variance of each channel. */
export const fusedBatchNorm: NativeKernel = {
  kernelName: FusedBatchNorm,
  takes({ inputs }) {
    const { x, ...perChannel } = inputs;
    const channels = x!.shape.at(-1);
    const given = Object.values(perChannel).filter((tensor) => !!tensor);
    return x!.dtype === 'float32' && given.every(({ shape }) => shape.length === 1 && shape[0] === channels);
  },
  run({ exports, address, output, scratch }, { inputs, attrs }) {
    const { x, mean, variance, scale, offset } = inputs as Record<string, TensorInfo>;
    const { varianceEpsilon } = attrs as unknown as FusedBatchNormAttrs;
    const y = output(x!.shape);
    const channels = x!.shape.at(-1)!;
    const count = util.sizeFromShape(x!.shape.slice(0, -1));
    const optional = (tensor: TensorInfo | undefined) => (tensor ? address(tensor) : 0);
    scratch(8 * channels, (factors) => {
      const offsets = factors + 4 * channels;
      const sources = [address(mean!), address(variance!), optional(scale), optional(offset)] as const;
      exports.batchNormFactors(...sources, channels, varianceEpsilon, factors, offsets);
      exports.scaleShift(address(x!), address(y), count, channels, factors, offsets);
    });
    return y;
  },
};
