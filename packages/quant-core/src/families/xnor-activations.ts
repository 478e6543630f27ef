import { parseOptions, type Quantizer, type Window } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { bitsFrom } from './fixed-bits.js';
import { signOfActivations } from './sign.js';

/** Options of {@link xnorActivations}. */
export interface XnorActivationOptions {
  /** 1 unless given; 'float' keeps the clip to [−1, 1] and leaves out the sign. */
  readonly bits?: 1 | 'float';
  /** 'K' scales the convolution's result by K, see {@link xnorActivations}; 'none' (the default) is what the authors' code does. */
  readonly scale?: 'none' | 'K';
}

/** Options of {@link xnorActivations}, as its factory takes them. */
export const xnorActivationShape = {
  bits: bitsFrom(1, 1).optional().describe('1, or "float"'),
  scale: z.enum(['none', 'K']).optional().describe("activations: what multiplies the convolution's result"),
};
const schema = z.strictObject(xnorActivationShape);

/**
 * XNOR-Net's activations: sign(x), sign(0) = +1; the gradient passes where |x| < 1.
 *
 * With `scale: 'K'` the result of the convolution is multiplied by K = A ∗ k: A the mean of |x| over the channels, k the convolution's
 * window with 1/(its height × width) everywhere, moved by its strides, padding and dilation. K is a constant to the gradient. It needs
 * the layer's `inputQuantizer`; the authors' released network leaves K to batch normalization.
 *
 * Rastegari et al., ECCV 2016, eq. 9–11; allenai/XNOR-Net, newLayers/BinActiveZ.lua.
 *
 * @throws LowbitError bits other than 1 or 'float'; an unknown or bad option
 */
export function xnorActivations(options: XnorActivationOptions = {}): Quantizer {
  const checked = parseOptions(schema, options, "quantizer 'xnor' (activations)");
  const { bits = 1, scale = 'none' } = checked;
  return signOfActivations('xnor', bits, {
    ends: 'stop',
    ...(scale === 'K' && bits !== 'float' && { outputScale: windowMeans }),
    withBits: (other) => xnorActivations({ ...checked, bits: other } as XnorActivationOptions),
    getConfig: () => ({ bits, scale }),
  });
}

/** K: of [n, height, width, channels] the mean magnitude under each place of the window, [n, height', width', 1]. */
function windowMeans(x: tf.Tensor, { kernelSize, strides, padding, dilationRate }: Window): tf.Tensor {
  const [height, width] = kernelSize;
  const op = tf.customGrad((input) => ({
    value: tf.tidy(() => {
      const means = tf.mean(tf.abs(input as tf.Tensor), -1, true) as tf.Tensor4D;
      const box = tf.fill<tf.Rank.R4>([height, width, 1, 1], 1 / (height * width));
      return tf.conv2d(means, box, [...strides], padding, 'NHWC', [...dilationRate]);
    }),
    gradFunc: () => tf.zeros(x.shape),
  }));
  return op(x);
}
