import type { Encoded, Precision, QuantizeContext, Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { checkPrecision, topCode } from '../bits.js';
import { checkFinite, codedBits } from '../encoded.js';
import { allCodes, codesOfUnit, unitOfCodes } from './quantize-k.js';

/** Options of {@link dorefaGradients}. */
export interface DorefaGradientOptions {
  /** k; 'float' leaves the gradient as it is. */
  readonly bits: Precision;
  /** 'uniform' adds N ~ U(−0.5/n, 0.5/n) before rounding, so that rounding is right on average; 'none' does not. */
  readonly noise?: 'uniform' | 'none';
}

/**
 * DoReFa's gradients: per sample (axis 0), with M = max|g| of the sample and n = 2^k − 1,
 * 2M·(quantize_k(clip(g/(2M) + 1/2 + N, 0, 1)) − 1/2). A sample of zeros stays zeros (the reference divides by zero).
 * Slides "Lightweighting" on DoReFa; the noise is seeded by the context, so a step repeats bit for bit. Without a
 * seed each call draws its own noise, and the code of one is not the value of another.
 *
 * A layer applies it to what flows back through its output; see {@link quantizeBackward}.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'
 */
export function dorefaGradients(options: DorefaGradientOptions): Quantizer {
  const bits = checkPrecision(options.bits, "quantizer 'dorefa' (gradients)");
  const noise = options.noise ?? 'uniform';
  const split = (g: tf.Tensor, k: number, context: QuantizeContext) => {
    const scale = scalePerSample(g);
    const unit = tf.add(tf.div(g, tf.where(tf.greater(scale, 0), scale, tf.onesLike(scale))), 0.5);
    const noisy = noise === 'none' ? unit : tf.add(unit, drawNoise(g.shape, k, context.seed));
    return { code: codesOfUnit(tf.clipByValue(noisy, 0, 1), k), scale };
  };
  return {
    name: 'dorefa',
    bits,
    quantize: (g, context = {}) => {
      if (bits === 'float' || g.size === 0) return tf.clone(g);
      return tf.tidy(() => {
        const { code, scale } = split(g, bits, context);
        return values(code, scale, bits);
      });
    },
    encode: (g, context = {}): Encoded => {
      const k = codedBits(bits, 'dorefa');
      checkFinite(g, 'dorefa');
      return tf.tidy(() => {
        if (g.size === 0) return { codes: tf.zeros(g.shape, 'int32'), codebook: values(allCodes(k), tf.scalar(0), k) };
        const { code, scale } = split(g, k, context);
        const levels = values(allCodes(k), tf.reshape(scale, [-1, 1]), k);
        const grid = g.rank === 0 ? [] : scale.shape;
        return { codes: tf.cast(code, 'int32'), codebook: tf.reshape(levels, [...grid, levels.shape[1]!]) };
      });
    },
    withBits: (other) => dorefaGradients({ bits: other, noise }),
    getConfig: () => ({ bits, noise }),
  };
}

/** 2·max|g| over all axes but the first, kept as axes of size 1. */
function scalePerSample(g: tf.Tensor): tf.Tensor {
  const axes = g.shape.map((_, i) => i).slice(1);
  return tf.mul(axes.length > 0 ? tf.max(tf.abs(g), axes, true) : tf.abs(g), 2);
}

function drawNoise(shape: number[], bits: number, seed: number | undefined): tf.Tensor {
  const half = 0.5 / topCode(bits);
  return tf.randomUniform(shape, -half, half, 'float32', seed);
}

function values(code: tf.Tensor, scale: tf.Tensor, bits: number): tf.Tensor {
  return tf.mul(scale, tf.sub(unitOfCodes(code, bits), 0.5));
}

/**
 * The identity, whose gradient is quantized on its way back.
 *
 * @param x any shape, axis 0 the batch
 * @param quantizer made for the role 'gradients'
 * @param seed seeds the quantizer's noise
 */
export function quantizeBackward(x: tf.Tensor, quantizer: Quantizer, seed?: number): tf.Tensor {
  const identity = tf.customGrad((input) => ({
    value: tf.clone(input as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => quantizer.quantize(dy, { seed, training: true }),
  }));
  return identity(x);
}
