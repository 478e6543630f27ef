import {
  PointwiseForward,
  PointwiseGradients,
  takesByRows,
  type GradientByRows,
  type ResultByRows,
} from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import { kernelHost } from '../native.js';

function sizes(kernelName: string, { shape }: tf.TensorInfo): [channels: number, filters: number] {
  const [channels, filters] = shape.slice(2) as [number, number];
  if (!takesByRows(channels, filters)) {
    throw new RangeError(`${kernelName} takes no filter of shape [${shape}]; see takesByRows`);
  }
  return [channels, filters];
}

/** Floats of the result at a time: they stay in the second-level cache. */
const BLOCK = 2 ** 16;

/** A 1×1 convolution that shows its result block by block; see {@link PointwiseForward}. */
export const pointwiseForward: tf.KernelConfig = {
  kernelName: PointwiseForward,
  backendName: 'wasm',
  kernelFunc({ inputs, attrs, backend }) {
    const { x, filter } = inputs as Record<'x' | 'filter', tf.TensorInfo>;
    const { done } = attrs as unknown as ResultByRows;
    const [channels, filters] = sizes(PointwiseForward, filter);
    const { exports, address, output, scratch } = kernelHost(backend as tf.KernelBackend);
    const y = output([...x.shape.slice(0, -1), filters]);
    const count = tf.util.sizeFromShape(x.shape) / channels;
    const block = Math.max(64, Math.floor(BLOCK / filters / 64) * 64);
    scratch(exports.pointwiseScratch(filters) >>> 0, (free) => {
      for (let first = 0; first < count; first += block) {
        const rows = Math.min(block, count - first);
        const from = address(y) + 4 * filters * first;
        const a = address(x) + 4 * channels * first;
        exports.pointwise(a, address(filter), from, rows, channels, filters, 0, 0, 1, rows, 1, 0, free);
        done(first, rows, from);
      }
    });
    return y;
  },
};

/** Both gradients of a 1×1 convolution from blocks of its output gradient; see {@link PointwiseGradients}. */
export const pointwiseGradients: tf.KernelConfig = {
  kernelName: PointwiseGradients,
  backendName: 'wasm',
  kernelFunc({ inputs, attrs, backend }) {
    const { x, filter } = inputs as Record<'x' | 'filter', tf.TensorInfo>;
    const { rows } = attrs as unknown as GradientByRows;
    const [channels, filters] = sizes(PointwiseGradients, filter);
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
