import type * as tf from '@tensorflow/tfjs-core';
import { batchNormGradient, registerBatchNormGradient } from './batch-norm-gradient.js';
import { passGradients, registerPassGradients } from './pass-gradients.js';
import { registerReduceGradients } from './reduce-gradients.js';

/** Kernels that stand for gradients which TF.js composes of several. */
export const gradientKernels: readonly tf.KernelConfig[] = [...passGradients, batchNormGradient].map((kernel) => ({
  ...kernel,
  // TF.js's gradients come with its layers, which may be imported after this package, but seldom after a backend is set
  setupFunc: registerGradients,
}));

/** Puts faster gradients in the place of TF.js's on the WASM backend. Another call, or another copy of this package, changes nothing. */
export function registerGradients(): void {
  registerPassGradients();
  registerReduceGradients();
  registerBatchNormGradient();
}
