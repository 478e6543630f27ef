import type { Pair } from '@lowbit/graph';
import { groupedOffsets } from '@lowbit/shift-ops';
import type { LoweredValue } from '../draft.js';
import type { Layer } from '../layer.js';
import { hull, type LayerScope } from '../scope.js';
import type { Rule } from './rule.js';
import { hasZero } from './shapes.js';

/** Shifts that may be fractions: the result is real. */
export const activeShift: Rule = (layer, [value], scope) => {
  const shifts = appliedShifts(layer, value!.shape.at(-1)!);
  if (shifts.every(Number.isInteger)) return moved(scope, value!, shifts, strideOf(layer));
  const x = scope.real(value!);
  const stride = strideOf(layer);
  const offsets = scope.floats('shifts', [2, x.shape.at(-1)!], () => shifts);
  const range = x.range && hull([x.range, [0, 0]]);
  return scope.add('activeShift', [x], { offsets, strides: [stride, stride] }, { shape: scope.outputShape, range });
};

/** Shifts by whole places: codes stay codes. */
export const wholeShift: Rule = (layer, [value], scope) =>
  moved(scope, value!, appliedShifts(layer, value!.shape.at(-1)!), strideOf(layer));

/** The offsets that a shift layer applies, [2, channels], those along the width first. */
export function appliedShifts(layer: Layer, channels: number): Float32Array {
  const offsets = SHIFTS.get(layer.getClassName())!;
  return offsets(layer, channels);
}

const learned = (layer: Layer) => layer.weights[0]!.read().dataSync<'float32'>();

/** How the classes of shifts get their offsets; the sparse shift rounds, half to even. */
export const SHIFTS: ReadonlyMap<string, (layer: Layer, channels: number) => Float32Array> = new Map([
  ['ActiveShift2D', learned],
  ['SparseShift2D', (layer: Layer) => learned(layer).map(roundHalfEven)],
  [
    'GroupedShift2D',
    (layer: Layer, channels: number) =>
      groupedOffsets(channels, (layer.getConfig() as unknown as { kernelSize: number }).kernelSize),
  ],
]);

/** @param shifts [2, channels], those along the width first */
function moved(scope: LayerScope, value: LoweredValue, shifts: Float32Array, stride: number): LoweredValue {
  if (!shifts.every(Number.isFinite)) throw scope.refuse('a shift that is not finite', 'load the last good checkpoint');
  const x = hasZero(value) ? value : scope.real(value);
  const channels = x.shape.at(-1)!;
  const offsets = Array.from({ length: channels }, (_, c): Pair => [shifts[channels + c]! + 0, shifts[c]! + 0]);
  const range = x.range && hull([x.range, [0, 0]]);
  return scope.add(
    'shift',
    [x],
    { offsets, strides: [stride, stride] },
    { shape: scope.outputShape, type: x.type, range },
  );
}

/** Every how many places a shift layer makes one. */
export function strideOf(layer: Layer): number {
  return (layer.getConfig() as unknown as { stride: number }).stride;
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}
