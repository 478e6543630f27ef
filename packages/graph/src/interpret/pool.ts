import type { Pair, WindowAttributes } from '../graph.js';
import { isAscending } from '../levels.js';
import { imageShape, likeImage, windowCount } from '../shapes.js';
import type { Evaluate } from './evaluate.js';
import { factorsOf } from './factors.js';
import { dequantized, floatTensor, isFloat, type Tensor } from './tensor.js';

/**
 * The largest value of each window, places outside the image left out; NaN where the window has one, and +0 is more than −0.
 * Codes stay codes where each stands for more than the one before it; others become what they stand for.
 */
export const maxPool: Evaluate<'maxPool'> = ({ node, inputs }) => maximum(inputs[0]!, node);

/** The largest value of each channel, [height, width, channels] to [channels]; as {@link maxPool}. */
export const globalMaxPool: Evaluate<'globalMaxPool'> = ({ inputs }) => channelsOf(maximum(inputs[0]!));

/**
 * The mean of each window, places outside the image left out: of float32 fround(sum / count), each sum rounded, in the order
 * of rows and columns, from +0; of codes with integers fround(fround(sum) · fround(scale / count)) of the exact sum of
 * integers.
 */
export const averagePool: Evaluate<'averagePool'> = ({ node, inputs }) => average(inputs[0]!, node);

/** The mean of each channel, [height, width, channels] to [channels]; as {@link averagePool}. */
export const globalAveragePool: Evaluate<'globalAveragePool'> = ({ inputs }) => channelsOf(average(inputs[0]!));

type PoolWindow = WindowAttributes & { readonly size: Pair };

function maximum(x: Tensor, window?: PoolWindow): Tensor {
  if (!isFloat(x) && !isAscending(x.type)) return maximum(dequantized(x), window);
  const { shape, data } = pool(x.data, x.shape, window, (places) => places.reduce((a, b) => Math.max(a, b)));
  return isFloat(x)
    ? floatTensor(shape, Float32Array.from(data))
    : { shape, type: x.type, data: Uint8Array.from(data) };
}

function average(x: Tensor, window?: PoolWindow): Tensor {
  const { data } = factorsOf(x);
  const mean = x.type !== 'float32' && 'integers' in x.type ? exactMean(x.type.scale) : floatMean;
  const pooled = pool(data, x.shape, window, mean);
  return floatTensor(pooled.shape, Float32Array.from(pooled.data));
}

function floatMean(places: readonly number[]): number {
  return places.reduce((sum, place) => Math.fround(sum + place), 0) / places.length;
}

function exactMean(scale: number) {
  return (places: readonly number[]): number => {
    const sum = places.reduce((total, place) => total + place, 0);
    return Math.fround(sum) * Math.fround(scale / places.length);
  };
}

/** `reduce` of the places of each window that lie inside the image; of the whole image where no window is given. */
function pool(
  data: ArrayLike<number>,
  shape: readonly number[],
  window: PoolWindow | undefined,
  reduce: (places: readonly number[]) => number,
): { shape: readonly number[]; data: number[] } {
  const [height, width, channels] = imageShape(shape);
  const { size, strides, pads } = window ?? { size: [height, width], strides: [1, 1], pads: [0, 0, 0, 0] };
  const [top, left, bottom, right] = pads;
  const outHeight = windowCount(height, size[0], strides[0], top + bottom);
  const outWidth = windowCount(width, size[1], strides[1], left + right);
  const out: number[] = [];
  for (let i = 0; i < outHeight; i++)
    for (let j = 0; j < outWidth; j++)
      for (let c = 0; c < channels; c++) {
        const places: number[] = [];
        for (let u = 0; u < size[0]; u++)
          for (let v = 0; v < size[1]; v++) {
            const row = i * strides[0] + u - top;
            const column = j * strides[1] + v - left;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            places.push(data[(row * width + column) * channels + c]!);
          }
        out.push(reduce(places));
      }
  return { shape: likeImage(shape.length, [outHeight, outWidth, channels]), data: out };
}

function channelsOf(tensor: Tensor): Tensor {
  return { ...tensor, shape: tensor.shape.slice(-1) };
}
