import { Cast, Identity, type KernelBackend, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelCall, NativeKernel } from '../native.js';

function shared({ inputs, backend }: KernelCall): TensorInfo {
  const { dataId, shape, dtype } = inputs.x as TensorInfo;
  (backend as KernelBackend).incRef(dataId);
  return { dataId, shape, dtype };
}

/**
 * A clone that shares its data, for any dtype, as on the other backends: TF.js's own kernel copies them, and gradients clone
 * whatever they keep.
 */
export const identity: NativeKernel = {
  kernelName: Identity,
  takes: () => true,
  run: (_host, call) => shared(call),
};

/** The same for a cast to the dtype that a tensor has: the gradient of a clone is one. */
export const cast: NativeKernel = {
  kernelName: Cast,
  takes: ({ inputs: { x }, attrs }) => x!.dtype === attrs!.dtype,
  run: (_host, call) => shared(call),
};
