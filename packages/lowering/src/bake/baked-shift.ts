import * as tf from '@tensorflow/tfjs-core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Layer } from '../layer.js';
import { appliedShifts, strideOf } from '../rules/shifts.js';
import type { Baking } from './bake-model.js';

/** A shift as zero padding and a depthwise convolution whose kernels have the places' bilinear weights. */
export function bakedShift(layer: Layer, x: SymbolicTensor, baking: Baking): SymbolicTensor {
  const channels = x.shape.at(-1)!;
  const shifts = appliedShifts(layer, channels);
  const [columns, rows] = [shifts.subarray(0, channels), shifts.subarray(channels)];
  const [right, down] = [columns, rows].map((offsets) =>
    Math.ceil(offsets.reduce((most, each) => Math.max(most, Math.abs(each)), 0)),
  ) as [number, number];
  const [height, width] = [2 * down + 1, 2 * right + 1];
  const kernel = new Float32Array(height * width * channels);
  for (let c = 0; c < channels; c++) {
    for (const [row, ofRow] of taps(rows[c]!)) {
      for (const [column, ofColumn] of taps(columns[c]!)) {
        kernel[((row + down) * width + column + right) * channels + c] = ofRow * ofColumn;
      }
    }
  }
  const padding = [
    [down, down],
    [right, right],
  ];
  const padded = baking.apply('ZeroPadding2D', { padding, dataFormat: 'channelsLast' }, x);
  const weights = [tf.tensor(kernel, [height, width, channels, 1])];
  const args = { kernelSize: [height, width], strides: strideOf(layer), padding: 'valid', useBias: false };
  const made = baking.apply('DepthwiseConv2D', args, padded, weights);
  tf.dispose(weights);
  return made;
}

/** The places that a shift reads along an axis, and how much of each. */
function taps(offset: number): [place: number, share: number][] {
  const before = Math.floor(offset);
  const share = offset - before;
  return share === 0
    ? [[before, 1]]
    : [
        [before, 1 - share],
        [before + 1, share],
      ];
}
