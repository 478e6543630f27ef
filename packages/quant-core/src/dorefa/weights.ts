import type { Encoded, Precision, Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { checkPrecision, topCode } from '../bits.js';
import { checkFinite, codedBits } from '../encoded.js';
import { hasKernels, run } from '../kernels.js';
import { DorefaBinarize, DorefaQuantize, DorefaQuantizeGrad } from './kernels.js';
import { allCodes, codesOfUnit, unitOfCodes } from './quantize-k.js';

/** Options of {@link dorefaWeights}. */
export interface DorefaWeightOptions {
  /** k; 'float' leaves the weights as they are. */
  readonly bits: Precision;
  /**
   * What the gradient does at the scale max|tanh w|, for k ≥ 2: 'flow' differentiates through it as the authors' code does
   * (the default), 'constant' takes it as a constant.
   */
  readonly maxGradient?: 'flow' | 'constant';
}

/**
 * DoReFa's weights, one scale for the whole tensor. L-SSPQ §II-B; slides "Lightweighting" eq. 6.
 *
 * - k = 1: E where w ≥ 0, −E elsewhere, E = mean|w| (zero maps to +E, as in the SSPQ repositories). Gradient: STE, unmasked.
 * - k ≥ 2: 2·quantize_k(tanh w / (2·max|tanh w|) + 1/2) − 1, levels in [−1, 1]. Gradient: STE at the rounding, the true
 *   derivative elsewhere; entries that tie for the maximum share its gradient evenly.
 *
 * An all-zero tensor is taken to have the scale 1.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'
 */
export function dorefaWeights(options: DorefaWeightOptions): Quantizer {
  const bits = checkPrecision(options.bits, "quantizer 'dorefa' (weights)");
  const maxGradient = options.maxGradient ?? 'flow';
  return {
    name: 'dorefa',
    bits,
    quantize: (w) => (bits === 'float' ? tf.clone(w) : bits === 1 ? binarize(w) : quantize(w, bits, maxGradient)),
    encode: (w): Encoded => {
      const k = codedBits(bits, 'dorefa');
      checkFinite(w, 'dorefa');
      return k === 1 ? encodeBinary(w) : encode(w, k);
    },
    withBits: (other) => dorefaWeights({ bits: other, maxGradient }),
    getConfig: () => ({ bits, maxGradient }),
  };
}

function binarize(w: tf.Tensor): tf.Tensor {
  const straightThrough = tf.customGrad((input) => ({
    value: tf.tidy(() => binary(input as tf.Tensor)[0]),
    gradFunc: (dy: tf.Tensor) => tf.clone(dy),
  }));
  return straightThrough(w);
}

/** ŵ and E. */
function binary(w: tf.Tensor): [value: tf.Tensor, scale: tf.Tensor] {
  if (hasKernels(w, DorefaBinarize)) return run<[tf.Tensor, tf.Tensor]>(DorefaBinarize, { w });
  if (w.size === 0) return [tf.clone(w), tf.scalar(0)];
  const scale = meanSize(w);
  return [tf.where(tf.greaterEqual(w, 0), scale, tf.neg(scale)), scale];
}

function meanSize(w: tf.Tensor): tf.Tensor {
  return w.size === 0 ? tf.scalar(0) : tf.mean(tf.abs(w));
}

function encodeBinary(w: tf.Tensor): Encoded {
  return tf.tidy(() => {
    // without kernels ŵ is many times the work of E
    const scale = hasKernels(w, DorefaBinarize) ? binary(w)[1] : meanSize(w);
    return { codes: tf.cast(tf.greaterEqual(w, 0), 'int32'), codebook: tf.stack([tf.neg(scale), scale]) };
  });
}

function codes(t: tf.Tensor, m: tf.Tensor, bits: number): tf.Tensor {
  return codesOfUnit(tf.add(tf.div(t, tf.mul(m, 2)), 0.5), bits);
}

function levels(code: tf.Tensor, bits: number): tf.Tensor {
  return tf.sub(tf.mul(unitOfCodes(code, bits), 2), 1);
}

type Quantized = [value: tf.Tensor, tangents: tf.Tensor, scale: tf.Tensor];

/** ŵ, tanh w, and max|tanh w| or 1 where that would be 0. */
function quantized(w: tf.Tensor, bits: number): Quantized {
  if (hasKernels(w, DorefaQuantize)) return run<Quantized>(DorefaQuantize, { w }, { top: topCode(bits) });
  const t = tf.tanh(w);
  const m = scaleOf(t);
  return [levels(codes(t, m, bits), bits), t, m];
}

function scaleOf(t: tf.Tensor): tf.Tensor {
  if (t.size === 0) return tf.scalar(1);
  const m = tf.max(tf.abs(t));
  return tf.where(tf.greater(m, 0), m, tf.onesLike(m));
}

function quantize(w: tf.Tensor, bits: number, maxGradient: 'flow' | 'constant'): tf.Tensor {
  const op = tf.customGrad((input, save) => {
    const [value, ...kept] = tf.tidy(() => quantized(input as tf.Tensor, bits));
    (save as tf.GradSaveFunc)(kept);
    return {
      value,
      gradFunc: (dy: tf.Tensor, [t, m]: tf.Tensor[]) => tf.tidy(() => gradient(dy, t!, m!, maxGradient === 'flow')),
    };
  });
  return op(w);
}

function gradient(dy: tf.Tensor, t: tf.Tensor, m: tf.Tensor, flows: boolean): tf.Tensor {
  if (hasKernels(t, DorefaQuantizeGrad)) return run(DorefaQuantizeGrad, { dy, tangents: t, scale: m }, { flows });
  const direct = tf.div(dy, m);
  const slope = tf.sub(1, tf.square(t));
  if (!flows) return tf.mul(direct, slope);
  const atMax = tf.cast(tf.equal(tf.abs(t), m), 'float32');
  const share = tf.div(tf.sum(tf.mul(dy, t)), tf.mul(tf.square(m), tf.maximum(tf.sum(atMax), 1)));
  return tf.mul(tf.sub(direct, tf.mul(tf.mul(atMax, tf.sign(t)), share)), slope);
}

function encode(w: tf.Tensor, bits: number): Encoded {
  return tf.tidy(() => {
    const [, t, m] = quantized(w, bits);
    return { codes: tf.cast(codes(t, m, bits), 'int32'), codebook: levels(allCodes(bits), bits) };
  });
}
