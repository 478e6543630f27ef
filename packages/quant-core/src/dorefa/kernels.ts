import * as tf from '@tensorflow/tfjs-core';
import { hostOf, registerKernels } from '../kernels.js';

// Kernels of DoReFa's weights for TF.js's WASM backend: see assembly/dorefa-weights.ts.

/** At 1 bit: inputs { w }; gives ŵ and E, see weights.ts. */
export const DorefaBinarize = 'DorefaBinarize';
/** At more bits: inputs { w }, attributes { top }; gives ŵ, tanh w and its largest magnitude. */
export const DorefaQuantize = 'DorefaQuantize';
/** Its gradient: inputs { dy, tangents, scale }, attributes { flows }. */
export const DorefaQuantizeGrad = 'DorefaQuantizeGrad';

registerKernels({
  [DorefaBinarize]({ inputs: { w }, backend }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const [y, scale] = [output(w!.shape), output([])];
    exports.binarizeWeights(address(w!), address(y), address(scale), tf.util.sizeFromShape(w!.shape));
    return [y, scale];
  },
  [DorefaQuantize]({ inputs: { w }, backend, attrs }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const [y, tangents, scale] = [output(w!.shape), output(w!.shape), output([])];
    const size = tf.util.sizeFromShape(w!.shape);
    const { top } = attrs as { top: number };
    exports.quantizeWeights(address(w!), address(y), address(tangents), address(scale), size, top);
    return [y, tangents, scale];
  },
  [DorefaQuantizeGrad]({ inputs: { dy, tangents, scale }, backend, attrs }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const dw = output(dy!.shape);
    const [size, { flows }] = [tf.util.sizeFromShape(dy!.shape), attrs as { flows: boolean }];
    exports.quantizeWeightsGradient(
      address(dy!),
      address(tangents!),
      address(scale!),
      address(dw),
      size,
      Number(flows),
    );
    return dw;
  },
});
