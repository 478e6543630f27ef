import type { Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import type { LoweredValue } from '../draft.js';
import { partsOf, type Layer } from '../layer.js';
import type { LayerScope } from '../scope.js';
import { windowOf, type MovingWindow } from './window.js';

/**
 * The result of a convolution times what the quantizer of its input asks for (`Quantizer.outputScale`). The graph has it where that is
 * XNOR-Net's K, the mean magnitude of the input under each place of the window (Rastegari et al., ECCV 2016, eq. 9–11): as a convolution of |x|
 * by 1/(height · width · channels).
 *
 * @throws LowbitError ('unsupported') another scale than K
 */
export function outputScale(scope: LayerScope, layer: Layer, input: LoweredValue, result: LoweredValue): LoweredValue {
  const slot = partsOf(layer).slots?.get('inputQuantizer');
  const quantizer = slot?.current();
  if (!quantizer?.outputScale) return result;
  const x = scope.real(input);
  const { kernelSize } = layer as Layer & { readonly kernelSize: readonly [number, number] };
  const window = windowOf(scope, layer, x, kernelSize);
  const { size, strides, dilations, pads, places } = window;
  if (!isMeanMagnitude(quantizer, x, window, partsOf(layer).padding as 'same' | 'valid')) {
    throw scope.refuse(
      `the quantizer '${quantizer.name}' scales the result by what the graph has no op for`,
      "the graph has XNOR-Net's K only: the mean magnitude under the window",
    );
  }
  const channels = x.shape.at(-1)!;
  const area = size[0] * size[1] * channels;
  const box = scope.floats('K/kernel', [...size, channels, 1], () => new Float32Array(area).fill(1 / area));
  const magnitude = scope.unary(x, 'abs', 'K/magnitude');
  const shape = [...places, 1];
  const K = scope.add(
    'conv2d',
    [magnitude],
    { kernel: box, strides, dilations, pads, groups: 1 },
    { shape },
    { part: 'K' },
  );
  return scope.pair('multiply', result, K, 'scaled');
}

/** Whether the scale is what this module makes it of, on one example of noise. */
function isMeanMagnitude(
  quantizer: Quantizer,
  { shape }: LoweredValue,
  window: MovingWindow,
  padding: 'same' | 'valid',
): boolean {
  const { size, strides, dilations } = window;
  return tf.tidy(() => {
    const x = tf.randomNormal<tf.Rank.R4>([1, ...shape] as [number, number, number, number], 0, 1, 'float32', 1);
    const asked = quantizer.outputScale!(x, { kernelSize: size, strides, padding, dilationRate: dilations });
    const channels = shape.at(-1)!;
    const box = tf.fill<tf.Rank.R4>([...size, channels, 1], 1 / (size[0] * size[1] * channels));
    const K = tf.conv2d(tf.abs(x), box, [...strides], padding, 'NHWC', [...dilations]);
    if (!tf.util.arraysEqual(asked.shape, K.shape)) return false;
    return tf.max(tf.abs(tf.sub(asked, K))).dataSync()[0]! <= 1e-5;
  });
}
