import type { Encoded, Precision, Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { checkPrecision, topCode } from '../bits.js';
import { clipInOnePass, CLIP } from '../clip.js';
import { ClipQuantize, hasKernels } from '../kernels.js';
import { fuses } from '../layers/fusion.js';
import { checkFinite, codedBits } from '../encoded.js';
import { isNative } from '../native.js';
import { normalizeAndClip } from '../normalize.js';
import { hasPrograms } from '../webgpu.js';
import { codesOfUnit, unitLevels, unitOfCodes } from './quantize-k.js';

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
        codebook: unitLevels(k),
      }));
    },
    withBits: (other) => dorefaActivations({ bits: other }),
    getConfig: () => ({ bits }),
  };
  fuses(quantizer, (norm) => normalizeAndClip(norm, topOf(bits)));
  return quantizer;
}

function topOf(bits: Precision): number {
  return bits === 'float' ? CLIP : topCode(bits);
}

function clipAndRound(x: tf.Tensor, bits: Precision): tf.Tensor {
  if (hasKernels(x, ClipQuantize) || hasPrograms(x) || isNative(x)) return clipInOnePass(x, topOf(bits));
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

/** dy where the clip changed nothing, 0 elsewhere: one comparison instead of the three of `clipByValue`'s own gradient. */
function passInside(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.where(tf.equal(tf.clipByValue(x, 0, 1), x), dy, tf.zerosLike(dy)));
}
