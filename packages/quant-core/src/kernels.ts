import {
  canHost,
  fromBase64,
  kernelsOf,
  noticeFallback,
  PointwiseForward,
  PointwiseGradients,
  takesByRows,
  wasmModule,
  type GradientByRows,
  type Host,
  type ResultByRows,
} from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import bytes from './generated/kernels.js';

// Kernels of this package for TF.js's WASM backend: see src/assembly. Where they cannot run, compositions of core ops do.

/** Clip to [0, 1] and rounding, or ReLU: inputs { x }, attributes { top }, see clip.ts; gives y, and marks of where the clip changed nothing. */
export const ClipQuantize = 'ClipQuantize';
/** Its gradient: inputs { dy, inside }. */
export const ClipQuantizeGrad = 'ClipQuantizeGrad';
/** Mean and biased variance over all axes but the last: inputs { x }. */
export const BatchNormStatistics = 'BatchNormStatistics';
/**
 * Gradients of batch normalization by the batch's statistics: inputs { dy, x, mean, variance, gamma }, attributes { epsilon }. With an
 * input `inside`, of dy where that is marked.
 */
export const BatchNormTrainingGrad = 'BatchNormTrainingGrad';

/** Batch normalization: inputs { x, mean, variance, gamma, beta }, attributes { epsilon }. */
export const BatchNormApply = 'BatchNormApply';
/**
 * Batch normalization with {@link ClipQuantize} after it: inputs { x, mean, variance, gamma, beta }, attributes { epsilon, top };
 * gives what that gives.
 */
export const BatchNormClipQuantize = 'BatchNormClipQuantize';
/** A 1×1 convolution of stride 1, and {@link BatchNormStatistics} of its result: inputs { input, filter }; gives the result first. */
export const PointwiseStatistics = 'PointwiseStatistics';
/**
 * Gradients of a 1×1 convolution of stride 1 with batch normalization after it: inputs { input, filter } of the convolution, and those
 * of {@link BatchNormTrainingGrad}, whose x is the convolution's result. Gives those of input, filter, gamma and beta.
 */
export const PointwiseBatchNormGrad = 'PointwiseBatchNormGrad';

interface Exports {
  clipQuantize(x: number, y: number, inside: number, size: number, top: number): void;
  passInside(dy: number, inside: number, dx: number, size: number): void;
  binarizeWeights(w: number, y: number, scale: number, size: number): void;
  quantizeWeights(w: number, y: number, tangents: number, scale: number, size: number, top: number): void;
  quantizeWeightsGradient(dy: number, tangents: number, scale: number, dw: number, size: number, flows: number): void;
  quantizeOnGrid(x: number, y: number, size: number, ...numbers: number[]): void;
  gradientOnGrid(dy: number, x: number, dx: number, sums: number, size: number, ...numbers: number[]): void;
  quantizeByTable(x: number, y: number, rows: number, channels: number, ...table: number[]): void;
  sumsByTableScratch(channels: number, count: number): number;
  sumsByTable(x: number, counts: number, rests: number, scratch: number, ...sizesAndTable: number[]): void;
  lstmCell(z: number, c: number, h: number, next: number, ...sizesAndGates: number[]): void;
  lstmCellGradient(...addressesSizesAndGates: number[]): void;
  lookup(table: number, index: number, y: number, size: number): void;
  rankInRow(x: number, table: number, starts: number, y: number, size: number, row: number, at: number): void;
  batchNormScratch(channels: number): number;
  batchNormMomentsStart(scratch: number, channels: number): void;
  batchNormMoments(x: number, mean: number, variance: number, ...scratchAndSizes: number[]): void;
  batchNormMomentsEnd(mean: number, variance: number, scratch: number, count: number, channels: number): void;
  batchNormApply(x: number, mean: number, variance: number, gamma: number, beta: number, ...rest: number[]): void;
  batchNormClipQuantize(
    x: number,
    mean: number,
    variance: number,
    gamma: number,
    beta: number,
    ...rest: number[]
  ): void;
  batchNormGradientSums(dy: number, x: number, mean: number, variance: number, gamma: number, ...rest: number[]): void;
  batchNormGradientRows(dy: number, x: number, mean: number, dx: number, ...scratchSizesAndMarks: number[]): void;
}

/** The module of this package's kernels on a backend. */
export const hostOf = wasmModule<Exports>(() => fromBase64(bytes));

type Inputs = Record<string, tf.TensorInfo>;

/** Kernels by name. */
export type Kernels = Readonly<Record<string, (call: { inputs: Inputs; backend: unknown; attrs: unknown }) => unknown>>;

const kernels: Kernels = {
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
    const host = hostOf(backend as tf.KernelBackend);
    const [count, channels] = rowsOf(x!);
    return statistics(host, count, channels, (add) => add(0, count, host.address(x!)));
  },
  [PointwiseStatistics]({ inputs: { input, filter }, backend }) {
    const host = hostOf(backend as tf.KernelBackend);
    const [count] = rowsOf(input!);
    const { kernelFunc } = tf.getKernel(PointwiseForward, 'wasm')!;
    let y: tf.TensorInfo;
    const moments = statistics(host, count, filter!.shape[3]!, (done) => {
      const byRows: ResultByRows = { done };
      const call = { inputs: { x: input!, filter: filter! }, backend: backend as object, attrs: byRows as never };
      y = kernelFunc(call) as tf.TensorInfo;
    });
    return [y!, ...moments];
  },
  [BatchNormApply]({ inputs, backend, attrs }) {
    const host = hostOf(backend as tf.KernelBackend);
    const y = host.output(inputs.x!.shape);
    const [count, channels] = rowsOf(inputs.x!);
    const { epsilon } = attrs as { epsilon: number };
    host.scratch(8 * channels, (factors) =>
      host.exports.batchNormApply(...normInputs(host, inputs), host.address(y), factors, count, channels, epsilon),
    );
    return y;
  },
  [BatchNormClipQuantize]({ inputs, backend, attrs }) {
    const host = hostOf(backend as tf.KernelBackend);
    const { exports, address, output, scratch } = host;
    const { x } = inputs;
    const [count, channels] = rowsOf(x!);
    const { epsilon, top } = attrs as { epsilon: number; top: number };
    const outputs = [output(x!.shape), output([Math.ceil((count * channels) / 32)], 'int32')];
    const given = normInputs(host, inputs);
    scratch(exports.batchNormScratch(channels) >>> 0, (sums) =>
      exports.batchNormClipQuantize(...given, ...outputs.map(address), sums, count, channels, epsilon, top),
    );
    return outputs;
  },
  [BatchNormTrainingGrad]({ inputs, backend, attrs }) {
    const host = hostOf(backend as tf.KernelBackend);
    const dx = host.output(inputs.x!.shape);
    const use: UseRows = (rows, count) => rows(0, count, host.address(dx));
    return [dx, ...normGradient(host, inputs as GradientInputs, attrs, use)];
  },
  [PointwiseBatchNormGrad]({ inputs, backend, attrs }) {
    const host = hostOf(backend as tf.KernelBackend);
    const { input, filter } = inputs;
    let gradients: tf.TensorInfo[] = [];
    const { kernelFunc } = tf.getKernel(PointwiseGradients, 'wasm')!;
    const ofNorm = normGradient(host, inputs as GradientInputs, attrs, (rows) => {
      const byRows: GradientByRows = { rows };
      const call = { inputs: { x: input!, filter: filter! }, backend: backend as object, attrs: byRows as never };
      gradients = kernelFunc(call) as tf.TensorInfo[];
    });
    return [...gradients, ...ofNorm];
  },
};

/** Mean and variance of the rows that `each` shows, one block after the other. */
function statistics(
  { exports, address, output, scratch }: Host<Exports>,
  count: number,
  channels: number,
  each: (add: ResultByRows['done']) => void,
): tf.TensorInfo[] {
  const moments = [output([channels]), output([channels])];
  const [mean, variance] = moments.map(address) as [number, number];
  scratch(exports.batchNormScratch(channels) >>> 0, (sums) => {
    exports.batchNormMomentsStart(sums, channels);
    each((first, rows, from) => exports.batchNormMoments(from, mean, variance, sums, first, rows, channels));
    exports.batchNormMomentsEnd(mean, variance, sums, count, channels);
  });
  return moments;
}

type UseRows = (rows: GradientByRows['rows'], count: number) => void;

/** Gradients of gamma and beta; while `use` runs, that of x can be had by rows, of which there are `count`. */
function normGradient(
  host: Host<Exports>,
  { dy, x, mean, variance, gamma, inside }: GradientInputs,
  attrs: unknown,
  use: UseRows,
): tf.TensorInfo[] {
  const { exports, address, output, scratch } = host;
  const [count, channels] = rowsOf(x);
  const outputs = [output([channels]), output([channels])];
  const given = addressesOf(host, dy, x, mean, variance, gamma);
  const { epsilon } = attrs as { epsilon: number };
  const marks = inside ? address(inside) : 0;
  scratch(exports.batchNormScratch(channels) >>> 0, (sums) => {
    exports.batchNormGradientSums(...given, ...outputs.map(address), sums, count, channels, epsilon, marks);
    const [gradient, values, means] = given;
    use(
      (first, rows, to) =>
        exports.batchNormGradientRows(gradient, values, means, to, sums, first, rows, channels, marks),
      count,
    );
  });
  return outputs;
}

type FiveAddresses = [number, number, number, number, number];

function addressesOf({ address }: Host<Exports>, ...tensors: tf.TensorInfo[]): FiveAddresses {
  return tensors.map(address) as FiveAddresses;
}

function normInputs(host: Host<Exports>, { x, mean, variance, gamma, beta }: Inputs): FiveAddresses {
  return addressesOf(host, x!, mean!, variance!, gamma!, beta!);
}

type GradientInputs = Record<'dy' | 'x' | 'mean' | 'variance' | 'gamma', tf.TensorInfo> & { inside?: tf.TensorInfo };

/** Rows and channels of a tensor whose last axis are the channels. */
function rowsOf({ shape }: tf.TensorInfo): [rows: number, channels: number] {
  return [tf.util.sizeFromShape(shape.slice(0, -1)), shape.at(-1)!];
}

/** How this package registers its kernels. */
export const register = kernelsOf(tf, '@lowbit/quant-core');

/** Registers kernels for the WASM backend. */
export function registerKernels(kernels: Kernels): void {
  for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
    register({ kernelName, backendName: 'wasm', kernelFunc: kernelFunc as tf.KernelFunc });
  }
}

registerKernels(kernels);

/**
 * Whether these kernels run on the current backend, for this tensor. Where the backend is theirs and they do not, debug mode says so.
 *
 * @param kernel whose name it says
 */
export function hasKernels(x: tf.Tensor, kernel = 'a layer of quant-core'): boolean {
  if (tf.getBackend() !== 'wasm') return false;
  const hosted = canHost(tf.backend());
  if (hosted && x.dtype === 'float32') return true;
  const reason = () => (hosted ? `dtype ${x.dtype}` : 'a backend with other memory');
  noticeFallback(kernel, reason, 'a composition of core ops runs');
  return false;
}

/** Whether {@link PointwiseStatistics} and {@link PointwiseBatchNormGrad} run for a convolution of x with this filter. */
export function hasPointwise(x: tf.Tensor, filter: tf.Tensor): boolean {
  const [height, width, channels, filters] = filter.shape as [number, number, number, number];
  if (height !== 1 || width !== 1 || filter.dtype !== 'float32' || !hasKernels(x)) return false;
  return takesByRows(channels, filters) && tf.getKernel(PointwiseGradients, 'wasm') != null;
}

/** Runs a kernel; for {@link hasKernels}. */
export function run<Result extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: tf.NamedAttrMap = {},
): Result {
  return tf.engine().runKernel<Result>(name, inputs, attributes);
}
