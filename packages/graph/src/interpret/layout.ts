import { imageShape, likeImage, sizeOf, stridesOf } from '../shapes.js';
import type { Evaluate } from './evaluate.js';
import { isFloat, zerosLike, type Tensor } from './tensor.js';

/** The same values in another shape. */
export const reshape: Evaluate<'reshape'> = ({ node, inputs }) => ({ ...inputs[0]!, shape: node.shape });

/** Axis k of the result is axis permutation[k] of the input. */
export const transpose: Evaluate<'transpose'> = ({ node, inputs }) => {
  const x = inputs[0]!;
  const strides = stridesOf(x.shape);
  const shape = node.permutation.map((axis) => x.shape[axis]!);
  return rearranged(x, shape, (place) =>
    place.reduce((sum, index, axis) => sum + index * strides[node.permutation[axis]!]!, 0),
  );
};

/** The part from `begin` on, of `size` along each axis. */
export const slice: Evaluate<'slice'> = ({ node, inputs }) => {
  const x = inputs[0]!;
  const strides = stridesOf(x.shape);
  return rearranged(x, node.size, (place) =>
    place.reduce((sum, index, axis) => sum + (index + node.begin[axis]!) * strides[axis]!, 0),
  );
};

/** Rows and columns of zeros around an image; of codes the code that stands for 0. */
export const pad: Evaluate<'pad'> = ({ node, inputs }) => {
  const x = inputs[0]!;
  const [height, width, channels] = imageShape(x.shape);
  const [top, left, bottom, right] = node.pads;
  const shape = likeImage(x.shape.length, [height + top + bottom, width + left + right, channels]);
  const y = zerosLike(x, shape, sizeOf(shape));
  const newWidth = width + left + right;
  for (let row = 0; row < height; row++) {
    const from = row * width * channels;
    y.data.set(x.data.subarray(from, from + width * channels), ((row + top) * newWidth + left) * channels);
  }
  return y;
};

/** One after the other along an axis. */
export const concat: Evaluate<'concat'> = ({ node, inputs }) => {
  const { axis } = node;
  const [first] = inputs as readonly [Tensor];
  const side = inputs.reduce((sum, input) => sum + input.shape[axis]!, 0);
  const shape = first.shape.with(axis, side);
  const y = empty(first, shape);
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  let at = 0;
  for (let block = 0; block < outer; block++)
    for (const { data, shape } of inputs) {
      const length = shape[axis]! * inner;
      y.data.set(data.subarray(block * length, (block + 1) * length), at);
      at += length;
    }
  return y;
};

function empty(like: Tensor, shape: readonly number[]): Tensor {
  const size = sizeOf(shape);
  return isFloat(like)
    ? { ...like, shape, data: new Float32Array(size) }
    : { ...like, shape, data: new Uint8Array(size) };
}

/** A tensor whose value at each place is that of `source` in `x`. */
function rearranged(x: Tensor, shape: readonly number[], source: (place: readonly number[]) => number): Tensor {
  const y = empty(x, shape);
  const strides = stridesOf(shape);
  for (let at = 0; at < y.data.length; at++) {
    y.data[at] = x.data[source(shape.map((side, axis) => Math.floor(at / strides[axis]!) % side))]!;
  }
  return y;
}
