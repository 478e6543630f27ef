import { Identity, type KernelBackend, type TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeKernel } from '../native.js';

/**
 * A clone that shares its data, for any dtype, as on the other backends: TF.js's own kernel copies them, and gradients clone
 * whatever they keep.
 */
export const identity: NativeKernel = {
  kernelName: Identity,
  takes: () => true,
  run(_host, { inputs, backend }) {
    const { dataId, shape, dtype } = inputs.x as TensorInfo;
    (backend as KernelBackend).incRef(dataId);
    return { dataId, shape, dtype };
  },
};
