import type { Pair } from '../graph.js';
import { imageShape, likeImage, sizeOf, stridedSize } from '../shapes.js';
import { floatInput, floatParameter, type Evaluate } from './evaluate.js';
import { floatTensor, zerosLike } from './tensor.js';

/**
 * y[i, j, c] = x[i · stride + dy, j · stride + dx, c]; outside the image 0, of codes the one that stands for 0. The output
 * is [⌈height / stride⌉, ⌈width / stride⌉, channels].
 */
export const shift: Evaluate<'shift'> = ({ node, inputs }) => {
  const x = inputs[0]!;
  const shape = stridedShape(x.shape, node.strides);
  const y = zerosLike(x, shape, sizeOf(shape));
  forEachPlace(x.shape, node.strides, (at, c, source) => {
    const [dy, dx] = node.offsets[c]!;
    const from = source(dy, dx);
    if (from !== undefined) y.data[at] = x.data[from]!;
  });
  return y;
};

/**
 * Bilinear between the four places around (i · stride + y_c, j · stride + x_c): with the whole parts (row, column) and the
 * fractions (fy, fx) of the channel's offset, y = Σ fround(fround(a · b) · x[…]) over the places (row, column), (row, column
 * + 1), (row + 1, column), (row + 1, column + 1), in that order from +0, each sum rounded, a being 1 − fy or fy, b 1 − fx or
 * fx. Places outside the image and those of weight 0 are skipped. The same bits as `activeShift` of @lowbit/shift-ops on
 * WASM. Offsets are finite.
 */
export const activeShift: Evaluate<'activeShift'> = (call) => {
  const { node } = call;
  const x = floatInput(call);
  const offsets = floatParameter(call, node.offsets);
  const channels = x.shape.at(-1)!;
  const shape = stridedShape(x.shape, node.strides);
  const y = new Float32Array(sizeOf(shape));
  forEachPlace(x.shape, node.strides, (at, c, source) => {
    const [right, down] = [offsets[c]!, offsets[channels + c]!];
    const [row, column] = [Math.floor(down), Math.floor(right)];
    const [fy, fx] = [Math.fround(down - row), Math.fround(right - column)];
    for (let v = 0; v < 2; v++)
      for (let u = 0; u < 2; u++) {
        const weight = Math.fround((v === 0 ? Math.fround(1 - fy) : fy) * (u === 0 ? Math.fround(1 - fx) : fx));
        const from = source(row + v, column + u);
        if (weight !== 0 && from !== undefined) y[at]! += Math.fround(weight * x.data[from]!);
      }
  });
  return floatTensor(shape, y);
};

function stridedShape(shape: readonly number[], strides: Pair): readonly number[] {
  const [height, width, channels] = imageShape(shape);
  return likeImage(shape.length, [stridedSize(height, strides[0]), stridedSize(width, strides[1]), channels]);
}

/** Calls `place` for each value of the output; `source` says where the place at an offset from it lies in the input. */
function forEachPlace(
  shape: readonly number[],
  strides: Pair,
  place: (at: number, channel: number, source: (dy: number, dx: number) => number | undefined) => void,
): void {
  const [height, width, channels] = imageShape(shape);
  let at = 0;
  for (let i = 0; i < height; i += strides[0])
    for (let j = 0; j < width; j += strides[1])
      for (let c = 0; c < channels; c++) {
        place(at++, c, (dy, dx) => {
          const [row, column] = [i + dy, j + dx];
          const inside = row >= 0 && row < height && column >= 0 && column < width;
          return inside ? (row * width + column) * channels + c : undefined;
        });
      }
}
