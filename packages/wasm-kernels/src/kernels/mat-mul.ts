import {
  _FusedMatMul,
  BatchMatMul,
  broadcast_util,
  util,
  type _FusedMatMulAttrs,
  type BatchMatMulAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { KernelCall, KernelHost, NativeKernel } from '../native.js';

/** Matrix product of float32 tensors, each side as it is or transposed, batches broadcast. */
export const batchMatMul: NativeKernel = {
  kernelName: BatchMatMul,
  takes: areFloat,
  run(host, { inputs, attrs }) {
    const { transposeA, transposeB } = attrs as unknown as BatchMatMulAttrs;
    return matMul(host, inputs as unknown as Sides, transposeA, transposeB);
  },
};

/** The same with a bias of rank 1; with an activation TF.js's own kernel runs. */
export const fusedMatMul: NativeKernel = {
  kernelName: _FusedMatMul,
  takes(call) {
    const { bias, preluActivationWeights } = call.inputs;
    const { activation, transposeA } = call.attrs as unknown as _FusedMatMulAttrs;
    // a product with a transposed left side has no bias
    if (!areFloat(call) || preluActivationWeights || (activation ?? 'linear') !== 'linear' || transposeA) return false;
    return !bias || bias.shape.length === 1;
  },
  run(host, { inputs, attrs }) {
    const { transposeA, transposeB } = attrs as unknown as _FusedMatMulAttrs;
    return matMul(host, inputs as unknown as Sides, transposeA, transposeB);
  },
};

interface Sides {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly bias?: TensorInfo;
}

function areFloat({ inputs: { a, b } }: KernelCall): boolean {
  return a?.dtype === 'float32' && b?.dtype === 'float32';
}

function matMul(host: KernelHost, { a, b, bias }: Sides, transposeA: boolean, transposeB: boolean): TensorInfo {
  const { exports, address, output, scratch } = host;
  util.assert(
    a.shape.length >= 2 && b.shape.length >= 2,
    () => `Error in matMul: both sides must have rank 2 or more, received shapes [${a.shape}] and [${b.shape}]`,
  );
  const [m, kA] = sides(a.shape, transposeA);
  const [kB, n] = sides(b.shape, transposeB);
  const shapes = `shapes [${a.shape}] and [${b.shape}], transposeA=${transposeA}, transposeB=${transposeB}`;
  util.assert(kA === kB, () => `Error in matMul: inner dimensions ${kA} and ${kB} differ, of tensors with ${shapes}`);
  util.assert(!bias || bias.shape[0] === n, () => `Error in matMul: a bias of shape [${bias!.shape}] for ${n} columns`);
  const batchA = util.sizeFromShape(a.shape.slice(0, -2));
  const batchB = util.sizeFromShape(b.shape.slice(0, -2));
  const batchShape = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const c = output([...batchShape, m, n]);
  if (util.sizeFromShape(c.shape) === 0) return c;
  scratch((!transposeA ? exports.pointwiseScratch(n) : exports.matMulScratch(n)) >>> 0, (free) => {
    for (let i = 0; i < Math.max(batchA, batchB); i++) {
      const from = address(a) + 4 * (i % batchA) * m * kA;
      const by = address(b) + 4 * (i % batchB) * kA * n;
      const to = address(c) + 4 * i * m * n;
      const tb = Number(transposeB);
      if (!transposeA) exports.pointwise(from, by, to, m, kA, n, tb, bias ? address(bias) : 0, 1, m, 1, 0, free);
      else exports.matMul(from, by, to, m, kA, n, tb, free);
    }
  });
  return c;
}

/** Rows and columns of a tensor's matrices after the transpose, if any. */
function sides(shape: readonly number[], transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}
