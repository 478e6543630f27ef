import { imageShape, likeImage, windowCount } from '../shapes.js';
import { applyEpilogue } from './epilogue.js';
import { parameterOf, type Evaluate } from './evaluate.js';
import { factorsOf, sumsOf, weightFactors } from './factors.js';
import { floatTensor } from './tensor.js';

/**
 * y[i, j, f] = Σ x̃[i · stride + u · dilation − top, j · stride + v · dilation − left, c] · w̃[u, v, c, f] over rows u,
 * columns v and the channels c of the filter's group, in that order; places outside the image are skipped. Filters belong to
 * groups in runs of filters / groups. See {@link sumsOf} for rounding; then the epilogue.
 */
export const conv2d: Evaluate<'conv2d'> = (call) => {
  const { node, inputs } = call;
  const x = inputs[0]!;
  const kernel = parameterOf(call, node.kernel);
  const [height, width, channels] = imageShape(x.shape);
  const [rows, columns, depth, filters] = kernel.shape as readonly [number, number, number, number];
  const [top, left, bottom, right] = node.pads;
  const outHeight = windowCount(height, rows, node.strides[0], top + bottom, node.dilations[0]);
  const outWidth = windowCount(width, columns, node.strides[1], left + right, node.dilations[1]);
  const perGroup = filters / node.groups;
  const sums = sumsOf(outHeight * outWidth * filters, factorsOf(x), weightFactors(kernel));

  for (let i = 0; i < outHeight; i++)
    for (let j = 0; j < outWidth; j++)
      for (let u = 0; u < rows; u++)
        for (let v = 0; v < columns; v++) {
          const row = i * node.strides[0] + u * node.dilations[0] - top;
          const column = j * node.strides[1] + v * node.dilations[1] - left;
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          for (let group = 0; group < node.groups; group++)
            for (let c = 0; c < depth; c++) {
              const input = (row * width + column) * channels + group * depth + c;
              const first = group * perGroup;
              const weight = ((u * columns + v) * depth + c) * filters + first;
              sums.add((i * outWidth + j) * filters + first, input, weight, perGroup);
            }
        }

  const shape = likeImage(x.shape.length, [outHeight, outWidth, filters]);
  return floatTensor(shape, applyEpilogue(call, sums.data, filters, node));
};

/**
 * The transposed convolution of `tf.conv2dTranspose`: y[i, j, f] = Σ x̃[(i + top − u) / stride, (j + left − v) / stride, c]
 * · w̃[u, v, f, c] over rows u, columns v and channels c, in that order; places that are not whole or outside the image are
 * skipped. Rounding as in conv2d.
 */
export const convTranspose2d: Evaluate<'convTranspose2d'> = (call) => {
  const { node, inputs } = call;
  const x = inputs[0]!;
  const kernel = parameterOf(call, node.kernel);
  const [height, width, channels] = imageShape(x.shape);
  const [rows, columns, filters] = kernel.shape as readonly [number, number, number, number];
  const [outHeight, outWidth] = node.outputShape;
  const [top, left] = node.pads;
  const sums = sumsOf(outHeight * outWidth * filters, factorsOf(x), weightFactors(kernel));

  for (let i = 0; i < outHeight; i++)
    for (let j = 0; j < outWidth; j++)
      for (let u = 0; u < rows; u++)
        for (let v = 0; v < columns; v++) {
          const row = (i + top - u) / node.strides[0];
          const column = (j + left - v) / node.strides[1];
          if (!Number.isInteger(row) || row < 0 || row >= height) continue;
          if (!Number.isInteger(column) || column < 0 || column >= width) continue;
          for (let c = 0; c < channels; c++) {
            const input = (row * width + column) * channels + c;
            const weight = (u * columns + v) * filters * channels + c;
            sums.add((i * outWidth + j) * filters, input, weight, filters, channels);
          }
        }

  const shape = likeImage(x.shape.length, [outHeight, outWidth, filters]);
  return floatTensor(shape, applyEpilogue(call, sums.data, filters, node));
};
