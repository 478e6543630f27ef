import type { Encoded, Precision, Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { checkPrecision, topCode } from '../bits.js';
import {
  BatchNormClipQuantize,
  BatchNormTrainingGrad,
  ClipQuantize,
  ClipQuantizeGrad,
  hasKernels,
  run,
} from '../kernels.js';
import { fuses, type PendingNorm } from '../layers/fusion.js';
import { checkFinite, codedBits } from '../encoded.js';
import { allCodes, codesOfUnit, unitOfCodes } from './quantize-k.js';

/** Options of {@link dorefaActivations}. */
export interface DorefaActivationOptions {
  /** k; 'float' keeps the clip to [0, 1] and leaves out the rounding, as the SSPQ scripts do at 32 bits. */
  readonly bits: Precision;
}

/**
 * DoReFa's activations: clip(x, 0, 1), then quantize_k. The gradient passes where 0 ≤ x ≤ 1, both ends included.
 * Levels i/(2^k − 1). L-SSPQ §II-B; slides "Lightweighting" eq. 5.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'
 */
export function dorefaActivations(options: DorefaActivationOptions): Quantizer {
  const bits = checkPrecision(options.bits, "quantizer 'dorefa' (activations)");
  const quantizer: Quantizer = {
    name: 'dorefa',
    bits,
    quantize: (x) => clipAndRound(x, bits),
    encode: (x): Encoded => {
      const k = codedBits(bits, 'dorefa');
      checkFinite(x, 'dorefa');
      return tf.tidy(() => ({
        codes: tf.cast(codesOfUnit(tf.clipByValue(x, 0, 1), k), 'int32'),
        codebook: unitOfCodes(allCodes(k), k),
      }));
    },
    withBits: (other) => dorefaActivations({ bits: other }),
    getConfig: () => ({ bits }),
  };
  fuses(quantizer, (norm) => normalizeClipAndRound(norm, bits));
  return quantizer;
}

function clipAndRound(x: tf.Tensor, bits: Precision): tf.Tensor {
  if (hasKernels(x)) return clipAndRoundInOnePass(x, bits);
  const op = tf.customGrad((input, save) => {
    const unclipped = input as tf.Tensor;
    (save as tf.GradSaveFunc)([unclipped]);
    const value = tf.tidy(() => {
      const clipped = tf.clipByValue(unclipped, 0, 1);
      return bits === 'float' ? clipped : unitOfCodes(codesOfUnit(clipped, bits), bits);
    });
    return { value, gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => passInside(dy, saved!) };
  });
  return op(x);
}

/** The same bits, with a mark for each value kept for the gradient and not the value. */
function clipAndRoundInOnePass(x: tf.Tensor, bits: Precision): tf.Tensor {
  const top = bits === 'float' ? 0 : topCode(bits);
  const op = tf.customGrad((input, save) => {
    const [value, inside] = run<tf.Tensor[]>(ClipQuantize, { x: input as tf.Tensor }, { top }) as [
      tf.Tensor,
      tf.Tensor,
    ];
    (save as tf.GradSaveFunc)([inside]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) => run<tf.Tensor>(ClipQuantizeGrad, { dy, inside: saved! });
    return { value, gradFunc };
  });
  return op(x);
}

/** Batch normalization, clip and rounding in one pass, and one pass less backwards. */
function normalizeClipAndRound({ x, gamma, beta, mean, variance, epsilon }: PendingNorm, bits: Precision): tf.Tensor {
  const top = bits === 'float' ? 0 : topCode(bits);
  const op = tf.customGrad((...args) => {
    const [input, scale, offset, save] = args as unknown as [tf.Tensor, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const inputs = { x: input, mean, variance, gamma: scale, beta: offset };
    const [value, inside] = run<tf.Tensor[]>(BatchNormClipQuantize, inputs, { epsilon, top }) as [tf.Tensor, tf.Tensor];
    save([input, scale, mean, variance, inside]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, gamma, mean, variance, inside] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      return run<tf.Tensor[]>(BatchNormTrainingGrad, { dy, x, mean, variance, gamma, inside }, { epsilon });
    };
    return { value, gradFunc };
  });
  return op(x, gamma, beta);
}

/** dy where the clip changed nothing, 0 elsewhere: one comparison instead of the three of `clipByValue`'s own gradient. */
function passInside(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.where(tf.equal(tf.clipByValue(x, 0, 1), x), dy, tf.zerosLike(dy)));
}
