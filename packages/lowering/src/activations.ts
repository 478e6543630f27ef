import type { Levels } from '@lowbit/graph';
import { disposeEncoded, type QuantizerSlot } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { integerLevels } from './code-book.js';
import type { LoweredValue } from './draft.js';
import { LARGEST } from './float-keys.js';
import type { LayerScope } from './scope.js';
import { NotSteps, stepsOf, type CodedNumbers, type Steps } from './thresholds.js';

/**
 * What a quantizer of activations makes of a value, at the precision of the scopes around: codes, found by thresholds; at 'float' its
 * continuous part, where that is a clip, a ReLU or nothing.
 *
 * @throws LowbitError ('unsupported') a quantizer whose state was never made from data, with levels by channel, whose levels depend on what it
 *   is given, or that is not ascending; at 'float' one that bends what it does not clip
 */
export function quantizeValue(
  scope: LayerScope,
  value: LoweredValue,
  slot: QuantizerSlot,
  part?: string,
): LoweredValue {
  const quantizer = slot.current();
  const x = scope.real(value);
  if (quantizer.state?.length && !slot.calibrated && (quantizer.bits !== 'float' || quantizer.calibrator)) {
    throw scope.refuse(
      `the quantizer '${quantizer.name}' of activations was never calibrated`,
      'train the model for a step, or calibrate it by calibrateModel of @lowbit/post-training',
    );
  }
  if (quantizer.bits === 'float') return clipped(scope, x, slot, part);
  const { thresholds, levels } = steps(scope, x, slot);
  const type = levelsOf(levels);
  const name = [scope.path, part, 'thresholds'].filter(Boolean).join('/');
  return scope.add(
    'quantize',
    [x],
    { thresholds: scope.draft.shared(name, thresholds), levels: type },
    { shape: x.shape, type, range: [levels[0]!, levels.at(-1)!] },
    { part },
  );
}

/** Ascending levels, as integers where they are. */
export function levelsOf(levels: Float32Array): Levels {
  const found = integerLevels(levels, levels.length);
  const scale = found && Math.fround(found.scales[0]!);
  if (found && scale! > 0) return { integers: found.integers, scale: scale! };
  return levels.every((level) => level === 0)
    ? { integers: Array.from(levels, () => 0), scale: 1 }
    : { values: Array.from(levels) };
}

function steps(scope: LayerScope, { shape }: LoweredValue, slot: QuantizerSlot): Steps {
  const { name } = slot.quantizer;
  if (!isPerTensor(slot, shape)) {
    throw scope.refuse(
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
    throw scope.refuse(
      `the quantizer '${name}' has no thresholds: ${error.message}`,
      'quantize activations by levels that are fixed after training and that ascend',
    );
  }
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

/** What a quantizer does without rounding, where that is max(least, min(most, x)). */
function clipped(scope: LayerScope, x: LoweredValue, slot: QuantizerSlot, part?: string): LoweredValue {
  const sizes = Array.from({ length: 200 }, (_, i) => 1.3 ** (i - 100));
  const probes = Float32Array.from([-LARGEST, LARGEST, 0, ...sizes, ...sizes.map((size) => -size)]);
  const result = withColumns(x.shape, probes, (numbers) => slot.current().quantize(numbers, slot.context(false)));
  const made = Float32Array.from(everyNth(result.dataSync(), x.shape.at(-1)!));
  result.dispose();
  const [min, max] = [made[0]! + 0, made[1]! + 0];
  if (!probes.every((probe, i) => Math.max(min, Math.min(max, probe)) === made[i])) {
    throw scope.refuse(
      `the quantizer '${slot.quantizer.name}' at 'float' is not a clip`,
      'lower the model at the bits that it was trained for',
    );
  }
  if (min === -LARGEST && max === LARGEST) return x;
  if (min === 0 && max === LARGEST) return scope.unary(x, 'relu', part);
  const range = max === LARGEST || min === -LARGEST ? undefined : ([min, max] as const);
  return scope.add('clip', [x], { min, max }, { shape: x.shape, range }, { part });
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
