import { Transpose, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelCall, NativeKernel } from '../native.js';

/** A transpose as the module does it: `rows` and `columns` change places, runs of `inner` values stay together. */
interface Swap {
  readonly outer: number;
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
}

/** The swap of two axes that a permutation comes to, where it does once axes that stay beside each other are taken as one. */
export function swapOf(shape: readonly number[], perm: readonly number[]): Swap | undefined {
  // TF.js's own kernel traps on an empty tensor
  if (shape.includes(0)) return { outer: 0, rows: 0, columns: 0, inner: 1 };
  const axes = perm.filter((axis) => shape[axis] !== 1);
  const order = [...axes].sort((a, b) => a - b);
  // runs of axes that follow each other on both sides
  const groups: { first: number; size: number }[] = [];
  axes.forEach((axis, i) => {
    const place = order.indexOf(axis);
    if (i > 0 && place === order.indexOf(axes[i - 1]!) + 1) groups.at(-1)!.size *= shape[axis]!;
    else groups.push({ first: place, size: shape[axis]! });
  });
  const sorted = [...groups].sort((a, b) => a.first - b.first);
  const before = groups.length > 2 && groups[0] === sorted[0] ? 1 : 0;
  const after = groups.length > 2 && groups.at(-1) === sorted.at(-1) ? 1 : 0;
  if (groups.length - before - after !== 2) return undefined;
  const [columns, rows] = groups.slice(before).map(({ size }) => size);
  return {
    outer: before ? groups[0]!.size : 1,
    rows: rows!,
    columns: columns!,
    inner: after ? groups.at(-1)!.size : 1,
  };
}

function swap({ inputs: { x }, attrs }: KernelCall): Swap | undefined {
  return swapOf(x!.shape, attrs!.perm as number[]);
}

/** A transpose that swaps two axes, or two blocks of axes, of values of 4 bytes; and any of an empty tensor. */
export const transpose: NativeKernel = {
  kernelName: Transpose,
  takes: (call) => {
    const { dtype, shape } = call.inputs.x!;
    const fits = dtype === 'float32' || dtype === 'int32' || (dtype === 'bool' && shape.includes(0));
    return fits && swap(call) !== undefined;
  },
  run({ exports, address, output }, call) {
    const x = call.inputs.x as TensorInfo;
    const { outer, rows, columns, inner } = swap(call)!;
    const y = output(
      (call.attrs!.perm as number[]).map((axis) => x.shape[axis]!),
      x.dtype,
    );
    exports.transpose(address(x), address(y), outer, rows, columns, inner);
    return y;
  },
};
