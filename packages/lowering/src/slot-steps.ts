import type { LowbitError } from '@lowbit/plugin-api';
import { disposeEncoded, type QuantizerSlot } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { LARGEST } from './float-keys.js';
import { NotSteps, stepsOf, type CodedNumbers, type Steps } from './thresholds.js';

/** A quantizer of activations at its place. */
export interface Quantizing {
  readonly slot: QuantizerSlot;
  /** The shape of what it quantizes, without the batch. */
  readonly shape: readonly number[];
  /** Makes the error that refuses its layer. */
  readonly refuse: (what: string, hint: string) => LowbitError;
}

/**
 * The thresholds and levels of a quantizer, two levels at least, at the precision of the scopes around.
 *
 * @throws LowbitError ('unsupported') state that was never made from data, levels by channel, levels that depend on what is given or do not ascend
 */
export function slotSteps({ slot, shape, refuse }: Quantizing): Steps {
  checkCalibrated({ slot, shape, refuse });
  const { name } = slot.quantizer;
  if (!isPerTensor(slot, shape)) {
    throw refuse(
      `the quantizer '${name}' has levels of its own for each channel of the activations`,
      "give it the granularity 'tensor'",
    );
  }
  try {
    const found = stepsOf((numbers) => encoded(slot, numbers, shape.with(-1, 1)));
    // codes have two levels at least
    if (found.levels.length > 1) return found;
    return { thresholds: Float32Array.of(Infinity), levels: Float32Array.of(found.levels[0]!, found.levels[0]!) };
  } catch (error) {
    if (!(error instanceof NotSteps)) throw error;
    throw refuse(
      `the quantizer '${name}' has no thresholds: ${error.message}`,
      'quantize activations by levels that are fixed after training and that ascend',
    );
  }
}

/**
 * What a quantizer does at 'float': limits to [min, max], ±∞ where it does not.
 *
 * @throws LowbitError ('unsupported') one that bends what it does not clip, or whose clip was never made from data
 */
export function slotClip({ slot, shape, refuse }: Quantizing): { min: number; max: number } {
  checkCalibrated({ slot, shape, refuse });
  const sizes = Array.from({ length: 200 }, (_, i) => 1.3 ** (i - 100));
  const probes = Float32Array.from([-LARGEST, LARGEST, 0, ...sizes, ...sizes.map((size) => -size)]);
  const result = withColumns(shape, probes, (numbers) => slot.current().quantize(numbers, slot.context(false)));
  const made = Float32Array.from(everyNth(result.dataSync(), shape.at(-1)!));
  result.dispose();
  const [min, max] = [made[0]! + 0, made[1]! + 0];
  if (!probes.every((probe, i) => Math.max(min, Math.min(max, probe)) === made[i])) {
    throw refuse(
      `the quantizer '${slot.quantizer.name}' at 'float' is not a clip`,
      'take the model at the bits that it was trained for',
    );
  }
  return { min: min === -LARGEST ? -Infinity : min, max: max === LARGEST ? Infinity : max };
}

function checkCalibrated({ slot, refuse }: Quantizing): void {
  const quantizer = slot.current();
  if (!quantizer.state?.length || slot.calibrated || (quantizer.bits === 'float' && !quantizer.calibrator)) return;
  throw refuse(
    `the quantizer '${quantizer.name}' of activations was never calibrated`,
    'train the model for a step, or calibrate it by calibrateModel of @lowbit/post-training',
  );
}

/** The codes of some numbers. */
function encoded(slot: QuantizerSlot, numbers: Float32Array, shape: readonly number[]): CodedNumbers {
  const { codes, codebook } = withColumns(shape, numbers, (x) => slot.current().encode(x, slot.context(false)));
  try {
    const levels = codebook.shape.at(-1)!;
    return {
      codes: everyNth(codes.dataSync(), shape.at(-1)!),
      levels: codebook.dataSync<'float32'>().slice(0, levels),
    };
  } finally {
    disposeEncoded({ codes, codebook });
  }
}

/** Whether all channels have the same levels. */
function isPerTensor(slot: QuantizerSlot, shape: readonly number[]): boolean {
  const { codes, codebook } = withColumns(shape, [0], (x) => slot.current().encode(x, slot.context(false)));
  disposeEncoded({ codes, codebook });
  return codebook.size === codebook.shape.at(-1);
}

/** Numbers as activations of a shape, each in all channels of an example of its own. */
function withColumns<T>(shape: readonly number[], numbers: ArrayLike<number>, use: (x: tf.Tensor) => T): T {
  const channels = shape.at(-1)!;
  const data = Float32Array.from({ length: numbers.length * channels }, (_, i) => numbers[Math.floor(i / channels)]!);
  const x = tf.tensor(data, [numbers.length, ...shape.slice(1).map(() => 1), channels]);
  try {
    return use(x);
  } finally {
    x.dispose();
  }
}

function everyNth(values: ArrayLike<number>, step: number): number[] {
  return Array.from({ length: values.length / step }, (_, i) => values[i * step]!);
}
