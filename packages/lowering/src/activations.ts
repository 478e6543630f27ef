import type { Levels } from '@lowbit/graph';
import type { QuantizerSlot } from '@lowbit/quant-core';
import { integerLevels } from './code-book.js';
import type { LoweredValue } from './draft.js';
import { LARGEST } from './float-keys.js';
import type { LayerScope } from './scope.js';
import { slotClip, slotSteps, type Quantizing } from './slot-steps.js';

/**
 * What a quantizer of activations makes of a value, at the precision of the scopes around: codes, found by thresholds; at 'float' its
 * continuous part, where that is a clip, a ReLU or nothing. Throws as {@link slotSteps} and {@link slotClip}.
 */
export function quantizeValue(
  scope: LayerScope,
  value: LoweredValue,
  slot: QuantizerSlot,
  part?: string,
): LoweredValue {
  const x = scope.real(value);
  const { shape } = x;
  const at: Quantizing = { slot, shape, refuse: (what, hint) => scope.refuse(what, hint) };
  if (slot.current().bits === 'float') return clipped(scope, x, slotClip(at), part);
  const { thresholds, levels } = slotSteps(at);
  const type = levelsOf(levels);
  const name = [scope.path, part, 'thresholds'].filter(Boolean).join('/');
  return scope.add(
    'quantize',
    [x],
    { thresholds: scope.draft.shared(name, thresholds), levels: type },
    { shape, type, range: [levels[0]!, levels.at(-1)!] },
    { part },
  );
}

/** Ascending levels, as integers where they are. */
function levelsOf(levels: Float32Array): Levels {
  const found = integerLevels(levels, levels.length);
  const scale = found && Math.fround(found.scales[0]!);
  if (found && scale! > 0) return { integers: found.integers, scale: scale! };
  return levels.every((level) => level === 0)
    ? { integers: Array.from(levels, () => 0), scale: 1 }
    : { values: Array.from(levels) };
}

function clipped(
  scope: LayerScope,
  x: LoweredValue,
  { min, max }: { min: number; max: number },
  part?: string,
): LoweredValue {
  if (min === -Infinity && max === Infinity) return x;
  if (min === 0 && max === Infinity) return scope.unary(x, 'relu', part);
  const range = Number.isFinite(max - min) ? ([min, max] as const) : undefined;
  const limits = { min: Math.max(min, -LARGEST), max: Math.min(max, LARGEST) };
  return scope.add('clip', [x], limits, { shape: x.shape, range }, { part });
}
