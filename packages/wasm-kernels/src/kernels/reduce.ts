import { Mean, Sum, util, type SumAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelCall, KernelHost, NativeKernel } from '../native.js';

/**
 * Sum and mean of float32 tensors over neighbouring axes (N, H and W of an NHWC batch, or all): TF.js's own kernels transpose the tensor
 * where the last axis stays, and add one number after the other. Other axes go there. The mean of nothing is 0, as on the cpu
 * backend.
 */
export const reductions: NativeKernel[] = [
  { kernelName: Sum, takes, run: (host, call) => reduce(host, call, () => 1) },
  { kernelName: Mean, takes, run: (host, call) => reduce(host, call, (count) => Math.max(count, 1)) },
];

/** The first of the axes, and one past the last; undefined where they are not neighbours. */
function spanOf({ inputs: { x }, attrs }: KernelCall): [first: number, end: number] | undefined {
  const { axis } = attrs as unknown as { axis?: number | number[] };
  const rank = x!.shape.length;
  if (axis == null) return rank > 0 ? [0, rank] : undefined;
  const axes = util.parseAxisParam(axis, x!.shape);
  const first = Math.min(...axes);
  const end = first + axes.length;
  return axes.length > 0 && Math.max(...axes) === end - 1 ? [first, end] : undefined;
}

function takes(call: KernelCall): boolean {
  return call.inputs.x?.dtype === 'float32' && spanOf(call) !== undefined;
}

function reduce(host: KernelHost, call: KernelCall, divisor: (count: number) => number): TensorInfo {
  const x = call.inputs.x as TensorInfo;
  const [first, end] = spanOf(call)!;
  const { keepDims } = call.attrs as unknown as SumAttrs;
  const shape: number[] = [];
  let [outer, count, inner] = [1, 1, 1];
  for (const [axis, size] of x.shape.entries()) {
    if (axis < first) outer *= size;
    else if (axis < end) count *= size;
    else inner *= size;
    if (axis < first || axis >= end) shape.push(size);
    else if (keepDims) shape.push(1);
  }
  const y = host.output(shape);
  const [from, to] = [host.address(x), host.address(y)];
  if (inner === 1) host.exports.sumLast(from, to, outer, count, divisor(count));
  else {
    host.scratch(4 * inner, (scratch) =>
      host.exports.sumMiddle(from, to, outer, count, inner, divisor(count), scratch),
    );
  }
  return y;
}
