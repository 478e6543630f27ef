import { Tile, util, type TensorInfo, type TileAttrs } from '@tensorflow/tfjs-core';
import type { KernelCall, NativeKernel } from '../native.js';

interface Repeat {
  count: number;
  inner: number;
  times: number;
}

/**
 * A tile as `count` rows of `inner` elements that are each repeated `times` times, or undefined where that is not one such
 * step. Repeats of axes of size 1 belong to the axis behind them: [1, 1, 1, C] tiled to [N, H, W, C] is one step, too.
 */
function oneRepeat({ inputs, attrs }: KernelCall): Repeat | undefined {
  const { shape } = inputs.x!;
  const { reps } = attrs as unknown as TileAttrs;
  const first = reps.findIndex((times) => times !== 1);
  if (first < 0) return { count: 1, inner: util.sizeFromShape(shape), times: 1 };
  let last = first;
  let times = 1;
  for (let axis = first; axis < shape.length; axis++) {
    if (reps[axis] === 1) continue;
    if (shape.slice(last, axis).some((size) => size !== 1)) return undefined;
    times *= reps[axis]!;
    last = axis;
  }
  return { count: util.sizeFromShape(shape.slice(0, first)), inner: util.sizeFromShape(shape.slice(first)), times };
}

/** Tile of any numeric dtype, where the repeated elements lie in rows (see `oneRepeat`); else TF.js's own kernel runs. */
export const tile: NativeKernel = {
  kernelName: Tile,
  takes: (call) => ['float32', 'int32', 'bool'].includes(call.inputs.x!.dtype) && oneRepeat(call) !== undefined,
  run(host, call) {
    const { x } = call.inputs as { x: TensorInfo };
    const { reps } = call.attrs as unknown as TileAttrs;
    const { count, inner, times } = oneRepeat(call)!;
    const y = host.output(
      x.shape.map((size, axis) => size * reps[axis]!),
      x.dtype,
    );
    if (util.sizeFromShape(y.shape) > 0) {
      const bytes = inner * util.bytesPerElement(x.dtype);
      host.exports.repeatRows(host.address(x), host.address(y), count, bytes, times);
    }
    return y;
  },
};
