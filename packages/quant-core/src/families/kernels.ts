import * as tf from '@tensorflow/tfjs-core';
import { hasKernels, hostOf, registerKernels, run } from '../kernels.js';

// Kernels of uniform grids and of level tables for TF.js's WASM backend: see assembly/grid-quantize.ts and assembly/table-quantize.ts.

/** Inputs { x }, attributes {@link GridAttributes} with `factor`, `scale`, `over` and `rounding`. */
export const GridQuantize = 'GridQuantize';
/** Its gradient: inputs { dy, x }, attributes {@link GridAttributes} with `over`, `open` and `ends`; gives dx and [5] sums. */
export const GridQuantizeGrad = 'GridQuantizeGrad';
/** Inputs { x, levels: [count, channels], thresholds: [count − 1, channels] }; channels is 1, or those of x's last axis. */
export const TableQuantize = 'TableQuantize';
/** Inputs of {@link TableQuantize}; gives for each level how many values have it, and the sum of what they are beyond it. */
export const TableSums = 'TableSums';

/** r = (x − shift)/step, clipped to [low, high]. */
export interface GridAttributes {
  readonly shift?: number;
  readonly step: number;
  readonly low: number;
  readonly high: number;
}

/** y = round(clip(r)·factor)·scale/over. */
export interface GridResult {
  readonly factor?: number;
  readonly scale?: number;
  readonly over?: number;
  readonly rounding: 'half-even' | 'half-up' | 'none';
}

/** What of a gradient passes. */
export interface GridGradient {
  /** dx = dy/over inside. */
  readonly over?: number;
  /** Whether the ends of the range are outside. */
  readonly open?: boolean;
  /** Whether the ends of the range are clipped: count among what is below and above. */
  readonly ends?: boolean;
}

/** Of dy, or of what is given, where r is inside, below or above. Scalars. */
export interface GridSums {
  readonly inside: tf.Tensor;
  /** of dy·r */
  readonly ratio: tf.Tensor;
  /** of dy·(round r − r) */
  readonly rest: tf.Tensor;
  readonly below: tf.Tensor;
  readonly above: tf.Tensor;
}

const ROUNDINGS = ['half-even', 'half-up', 'none'];

registerKernels({
  [GridQuantize]({ inputs: { x }, backend, attrs }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const y = output(x!.shape);
    const {
      shift = 0,
      step,
      low,
      high,
      factor = 1,
      scale = 1,
      over = 1,
      rounding,
    } = attrs as GridAttributes & GridResult;
    const numbers = [shift, step, low, high, factor, scale, over, ROUNDINGS.indexOf(rounding)];
    exports.quantizeOnGrid(address(x!), address(y), tf.util.sizeFromShape(x!.shape), ...numbers);
    return y;
  },
  [GridQuantizeGrad]({ inputs: { dy, x }, backend, attrs }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const [dx, sums] = [output(x!.shape), output([5])];
    const { shift = 0, step, low, high, over = 1, open, ends } = attrs as GridAttributes & GridGradient;
    const numbers = [shift, step, low, high, over, Number(open ?? false), Number(ends ?? false)];
    const size = tf.util.sizeFromShape(x!.shape);
    exports.gradientOnGrid(address(dy!), address(x!), address(dx), address(sums), size, ...numbers);
    return [dx, sums];
  },
  [TableQuantize]({ inputs: { x, levels, thresholds }, backend }) {
    const { exports, address, output } = hostOf(backend as tf.KernelBackend);
    const y = output(x!.shape);
    const [count, channels] = levels!.shape as [number, number];
    const rows = tf.util.sizeFromShape(x!.shape) / channels;
    exports.quantizeByTable(address(x!), address(y), rows, channels, address(levels!), address(thresholds!), count);
    return y;
  },
  [TableSums]({ inputs: { x, levels, thresholds }, backend }) {
    const { exports, address, output, scratch } = hostOf(backend as tf.KernelBackend);
    const [count, channels] = levels!.shape as [number, number];
    const outputs = [output([count, channels]), output([count, channels])];
    const rows = tf.util.sizeFromShape(x!.shape) / channels;
    const given = [address(x!), ...outputs.map(address)] as [number, number, number];
    scratch(exports.sumsByTableScratch(channels, count) >>> 0, (sums) =>
      exports.sumsByTable(...given, sums, rows, channels, address(levels!), address(thresholds!), count),
    );
    return outputs;
  },
});

/** Whether a grid that all of x shares is computed in one pass, as its numbers can be had. */
export function hasGridKernels(x: tf.Tensor, ...scalars: tf.Tensor[]): boolean {
  return scalars.every(({ size }) => size === 1) && hasKernels(x, GridQuantize);
}

/** The value of a tensor of one. */
export function numberOf(scalar: tf.Tensor): number {
  return scalar.dataSync<'float32'>()[0]!;
}

/** See {@link GridQuantize}. */
export function quantizeInOnePass(x: tf.Tensor, grid: GridAttributes & GridResult): tf.Tensor {
  return run<tf.Tensor>(GridQuantize, { x }, { ...grid } as unknown as tf.NamedAttrMap);
}

/** See {@link GridQuantizeGrad}. */
export function gradientInOnePass(
  dy: tf.Tensor,
  x: tf.Tensor,
  grid: GridAttributes & GridGradient,
): { dx: tf.Tensor; sums: GridSums } {
  const [dx, all] = run<[tf.Tensor, tf.Tensor]>(GridQuantizeGrad, { dy, x }, { ...grid } as unknown as tf.NamedAttrMap);
  const [inside, ratio, rest, below, above] = tf.unstack(all) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  return { dx, sums: { inside, ratio, rest, below, above } };
}

/** See {@link TableQuantize}: one table for all of x. */
export function atTableInOnePass(x: tf.Tensor, levels: readonly number[], thresholds: readonly number[]): tf.Tensor {
  const column = (values: readonly number[]) => tf.tensor2d([...values], [values.length, 1]);
  return run<tf.Tensor>(TableQuantize, { x, levels: column(levels), thresholds: column(thresholds) });
}
