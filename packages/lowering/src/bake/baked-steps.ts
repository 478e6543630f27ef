import { LowbitError } from '@lowbit/plugin-api';
import type { QuantizerSlot } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { exampleShape } from '../layer.js';
import { slotClip, slotSteps } from '../slot-steps.js';
import type { Steps } from '../thresholds.js';
import type { Baking } from './bake-model.js';

/** Added to a number from 0 to 2²² and taken away again it leaves the nearest whole number, half to even: float32 has no room for more. */
const ROUNDING = 1.5 * 2 ** 23;
/** So steep that a float32 next to a threshold is rounded to 0 or 1. */
const STEEP = 2 ** 60;
/** More branches than this are no model that one would want to run. */
const MOST_BRANCHES = 31;

/**
 * A quantizer of activations as stock layers. Steps at even distances to levels at even distances are level₀ + d · round(clip((x − t₀)/e + ½));
 * other steps are a sum of single ones.
 */
export function bakedSteps(slot: QuantizerSlot, where: string, x: SymbolicTensor, baking: Baking): SymbolicTensor {
  const refuse = (what: string, hint: string) => new LowbitError('unsupported', { what, where, hint });
  const shape = exampleShape(x);
  if (!shape)
    throw refuse('a size besides the batch that is not known', 'build the model with an inputShape of known sizes');
  const at = { slot, shape, refuse };
  const affine = (value: SymbolicTensor, scale: number, mean: number, bias: number) => {
    const channels = shape.at(-1)!;
    const weights = [scale, bias, mean, 1].map((number) => tf.fill([channels], number));
    const made = baking.apply('BatchNormalization', { epsilon: 0 }, value, weights);
    tf.dispose(weights);
    return made;
  };
  const limited = (value: SymbolicTensor, maxValue?: number) => baking.apply('ReLU', { maxValue }, value);

  if (slot.current().bits === 'float') {
    const { min, max } = slotClip(at);
    if (min === -Infinity && max === Infinity) return x;
    if (min === 0) return limited(x, max === Infinity ? undefined : max);
    if (!Number.isFinite(max - min)) throw refuse('a clip at one side that is not 0', 'lower the model to a graph');
    return affine(limited(affine(x, 1, min, 0), max - min), 1, 0, min);
  }
  const steps = slotSteps(at);
  const { thresholds, levels } = steps;
  const stairs = (first: number, inverse: number, offset: number, top: number, height: number, base: number) => {
    const places = limited(affine(x, inverse, first, offset), top);
    return affine(affine(places, 1, 0, ROUNDING), height, ROUNDING, base);
  };
  const top = thresholds.length;
  const height = (levels[top]! - levels[0]!) / top;
  if (top === 1) return stairs(thresholds[0]!, STEEP, 0.75, 1, height, levels[0]!);
  if (isEven(steps)) {
    const width = (thresholds[top - 1]! - thresholds[0]!) / (top - 1);
    return stairs(thresholds[0]!, 1 / width, 0.5, top, height, levels[0]!);
  }
  if (top > MOST_BRANCHES) {
    throw refuse(
      `the quantizer '${slot.quantizer.name}' has ${top} uneven steps, each of which takes five layers`,
      'take at most 5 bits',
    );
  }
  const branches = [...thresholds].map((threshold, i) =>
    stairs(threshold, STEEP, 0.75, 1, levels[i + 1]! - levels[i]!, i === 0 ? levels[0]! : 0),
  );
  return baking.apply('Add', {}, branches);
}

/** Whether steps are at even distances, and levels too, up to the rounding of float32. */
function isEven({ thresholds, levels }: Steps): boolean {
  return [thresholds, levels].every((numbers) => {
    const [first, last] = [numbers[0]!, numbers.at(-1)!];
    const width = (last - first) / (numbers.length - 1);
    return numbers.every((value, i) => Math.abs(value - (first + i * width)) <= 1e-5 * width + 1e-6 * Math.abs(value));
  });
}
