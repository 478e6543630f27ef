import { Mean, Sum, util, type SumAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelCall, KernelHost, NativeKernel } from '../native.js';

/**
 * Sum and mean of float32 tensors over neighbouring axes that do not include the last one (N, H and W of an NHWC batch):
 * TF.js's own kernels transpose the tensor first. Other axes go there. The mean of nothing is 0, as on the cpu backend.
 */
export const reductions: NativeKernel[] = [
  { kernelName: Sum, takes, run: (host, call) => reduce(host, call, () => 1) },
  { kernelName: Mean, takes, run: (host, call) => reduce(host, call, (count) => Math.max(count, 1)) },
];

function axesOf({ inputs: { x }, attrs }: KernelCall): number[] {
  return util.parseAxisParam((attrs as unknown as SumAttrs).axis, x!.shape).sort((p, q) => p - q);
}

function takes(call: KernelCall): boolean {
  const { x } = call.inputs;
  if (x?.dtype !== 'float32') return false;
  const axes = axesOf(call);
  const neighbours = axes.every((axis, i) => axis === axes[0]! + i);
  return axes.length > 0 && neighbours && axes.at(-1)! < x.shape.length - 1;
}

function reduce(host: KernelHost, call: KernelCall, divisor: (count: number) => number): TensorInfo {
  const { x } = call.inputs as { x: TensorInfo };
  const axes = axesOf(call);
  const end = axes.at(-1)! + 1;
  const [before, middle, after] = [x.shape.slice(0, axes[0]), x.shape.slice(axes[0], end), x.shape.slice(end)];
  const kept = (call.attrs as unknown as SumAttrs).keepDims ? middle.map(() => 1) : [];
  const y = host.output([...before, ...kept, ...after]);
  const [outer, count, inner] = [before, middle, after].map(util.sizeFromShape) as [number, number, number];
  host.scratch(4 * inner, (scratch) =>
    host.exports.sumMiddle(host.address(x), host.address(y), outer, count, inner, divisor(count), scratch),
  );
  return y;
}
