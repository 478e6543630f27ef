import { canHost, fromBase64, wasmModule } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import bytes from './generated/kernels.js';

// Kernels of this package for TF.js's WASM backend: see src/assembly. Where they cannot run, compositions of core ops do.

/** Clip to [0, 1] and rounding: inputs { x }, attributes { top }; gives y, and marks of where the clip changed nothing. */
export const ClipQuantize = 'ClipQuantize';
/** Its gradient: inputs { dy, inside }. */
export const ClipQuantizeGrad = 'ClipQuantizeGrad';
/** Mean and biased variance over all axes but the last: inputs { x }. */
export const BatchNormStatistics = 'BatchNormStatistics';
/** Gradients of batch normalization by the batch's statistics: inputs { dy, x, mean, variance, gamma }, attributes { epsilon }. */
export const BatchNormTrainingGrad = 'BatchNormTrainingGrad';

interface Exports {
  clipQuantize(x: number, y: number, inside: number, size: number, top: number): void;
  passInside(dy: number, inside: number, dx: number, size: number): void;
  batchNormScratch(channels: number): number;
  batchNormStatistics(x: number, mean: number, variance: number, ...scratchAndSizes: number[]): void;
  batchNormGradient(dy: number, x: number, mean: number, variance: number, gamma: number, ...rest: number[]): void;
}

const hostOf = wasmModule<Exports>(() => fromBase64(bytes));

type Inputs = Record<string, tf.TensorInfo>;

const kernels: Readonly<Record<string, (call: { inputs: Inputs; backend: unknown; attrs: unknown }) => unknown>> = {
  [ClipQuantize]({ inputs: { x }, backend, attrs }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const size = tf.util.sizeFromShape(x!.shape);
    const [y, inside] = [output(x!.shape), output([Math.ceil(size / 32)], 'int32')];
    exports.clipQuantize(address(x!), address(y), address(inside), size, (attrs as { top: number }).top);
    return [y, inside];
  },
  [ClipQuantizeGrad]({ inputs: { dy, inside }, backend }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const dx = output(dy!.shape);
    exports.passInside(address(dy!), address(inside!), address(dx), tf.util.sizeFromShape(dy!.shape));
    return dx;
  },
  [BatchNormStatistics]({ inputs: { x }, backend }) {
    const { exports, address, output, scratch } = hostOf(backend as tf.KernelBackend);
    const [count, channels] = rowsOf(x!);
    const [mean, variance] = [output([channels]), output([channels])];
    scratch(exports.batchNormScratch(channels) >>> 0, (sums) =>
      exports.batchNormStatistics(address(x!), address(mean), address(variance), sums, count, channels),
    );
    return [mean, variance];
  },
  [BatchNormTrainingGrad]({ inputs, backend, attrs }) {
    const { dy, x, mean, variance, gamma } = inputs as Record<
      'dy' | 'x' | 'mean' | 'variance' | 'gamma',
      tf.TensorInfo
    >;
    const { exports, address, output, scratch } = hostOf(backend as tf.KernelBackend);
    const [count, channels] = rowsOf(x);
    const outputs = [output(x.shape), output([channels]), output([channels])];
    const [from, read, m, v, g] = [dy, x, mean, variance, gamma].map(address) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const { epsilon } = attrs as { epsilon: number };
    scratch(exports.batchNormScratch(channels) >>> 0, (sums) =>
      exports.batchNormGradient(from, read, m, v, g, ...outputs.map(address), sums, count, channels, epsilon),
    );
    return outputs;
  },
};

/** Rows and channels of a tensor whose last axis are the channels. */
function rowsOf({ shape }: tf.TensorInfo): [rows: number, channels: number] {
  return [tf.util.sizeFromShape(shape.slice(0, -1)), shape.at(-1)!];
}

for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
  if (tf.getKernel(kernelName, 'wasm') != null) continue; // another copy of this package was there first
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: kernelFunc as tf.KernelFunc });
}

/** Whether these kernels run on the current backend, for this tensor. */
export function hasKernels(x: tf.Tensor): boolean {
  return x.dtype === 'float32' && tf.getBackend() === 'wasm' && canHost(tf.backend());
}

/** Runs one of them; for {@link hasKernels}. */
export function run<Result extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: tf.NamedAttrMap = {},
): Result {
  return tf.engine().runKernel<Result>(name, inputs, attributes);
}
