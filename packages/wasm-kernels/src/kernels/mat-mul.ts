import { BatchMatMul, broadcast_util, util, type BatchMatMulAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeKernel } from '../native.js';

/**
 * Matrix product of float32 tensors where at least one side is transposed, batches broadcast. TF.js's own kernel is as
 * fast without a transpose, and some 30 times slower with one.
 */
export const batchMatMul: NativeKernel = {
  kernelName: BatchMatMul,
  takes({ inputs: { a, b }, attrs }) {
    const { transposeA, transposeB } = attrs as unknown as BatchMatMulAttrs;
    return a?.dtype === 'float32' && b?.dtype === 'float32' && (transposeA || transposeB);
  },
  run(host, { inputs, attrs }) {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = attrs as unknown as BatchMatMulAttrs;
    const [m, kA] = sides(a.shape, transposeA);
    const [kB, n] = sides(b.shape, transposeB);
    const shapes = `shapes [${a.shape}] and [${b.shape}], transposeA=${transposeA}, transposeB=${transposeB}`;
    util.assert(kA === kB, () => `Error in matMul: inner dimensions ${kA} and ${kB} differ, of tensors with ${shapes}`);
    const batchA = util.sizeFromShape(a.shape.slice(0, -2));
    const batchB = util.sizeFromShape(b.shape.slice(0, -2));
    const batchShape = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const c = host.output([...batchShape, m, n]);
    if (util.sizeFromShape(c.shape) === 0) return c;
    host.scratch(host.exports.matMulScratch(n) >>> 0, (scratch) => {
      for (let i = 0; i < Math.max(batchA, batchB); i++) {
        host.exports.matMul(
          host.address(a) + 4 * (i % batchA) * m * kA,
          host.address(b) + 4 * (i % batchB) * kA * n,
          host.address(c) + 4 * i * m * n,
          ...[m, kA, n],
          Number(transposeA),
          Number(transposeB),
          scratch,
        );
      }
    });
    return c;
  },
};

/** Rows and columns of a tensor's matrices after the transpose, if any. */
function sides(shape: readonly number[], transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}
