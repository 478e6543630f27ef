import { PointwiseGradients, takesByRows, type GradientByRows } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import { kernelHost } from '../native.js';

/** Both gradients of a 1×1 convolution from blocks of its output gradient; see {@link PointwiseGradients}. */
export const pointwiseGradients: tf.KernelConfig = {
  kernelName: PointwiseGradients,
  backendName: 'wasm',
  kernelFunc({ inputs, attrs, backend }) {
    const { x, filter } = inputs as Record<'x' | 'filter', tf.TensorInfo>;
    const { rows } = attrs as unknown as GradientByRows;
    const [channels, filters] = filter.shape.slice(2) as [number, number];
    if (!takesByRows(channels, filters)) {
      throw new RangeError(`${PointwiseGradients} takes no filter of shape [${filter.shape}]; see takesByRows`);
    }
    const { exports, address, output, scratch } = kernelHost(backend as tf.KernelBackend);
    const [dx, dw] = [output(x.shape), output(filter.shape)];
    const count = tf.util.sizeFromShape(x.shape) / channels;
    scratch(exports.pointwiseGradientsScratch(channels, filters) >>> 0, (free) => {
      exports.pointwiseGradientsStart(address(filter), address(dw), channels, filters, free);
      const block = exports.pointwiseGradientsBlock();
      for (let first = 0; first < count; first += block) {
        const size = Math.min(block, count - first);
        rows(first, size, free);
        const offset = 4 * channels * first;
        exports.pointwiseGradientsRows(
          address(x) + offset,
          address(dx) + offset,
          address(dw),
          size,
          channels,
          filters,
          free,
        );
      }
    });
    return [dx, dw];
  },
};
