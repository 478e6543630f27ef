import type { Parameter } from '@lowbit/graph';
import type { LoweredValue } from './draft.js';
import type { LayerScope } from './scope.js';

const TOP = 255;

/**
 * What a layer with these weights reads: where they have few bits and the value is real, its 8-bit codes if the options ask for that and its
 * range is known; the value as it is otherwise.
 *
 * The codes are those of a uniform grid that 0 is exactly a level of: c·s with c from 0 to 255 and s = most/255 of a range without negative
 * numbers, c from −128 to 127 and s = max(−least/128, most/127) of any other. Ties go up.
 */
export function layerInput(scope: LayerScope, value: LoweredValue, weights: Parameter): LoweredValue {
  const { range, type, shape } = value;
  const coded = weights.kind === 'codes' && 'integers' in weights.levels;
  if (scope.options.floatInputs === 'float' || type !== 'float32' || !range || !coded) return value;
  const [least, most] = range;
  const lowest = least < 0 ? -128 : 0;
  const scale = Math.fround(least < 0 ? Math.max(least / lowest, most / 127) : most / TOP);
  if (!(scale > 0) || !Number.isFinite(scale)) return value;
  const integers = Array.from({ length: TOP + 1 }, (_, code) => lowest + code);
  const levels = { integers, scale };
  const thresholds = Float32Array.from(integers.slice(1), (integer) => (integer - 0.5) * scale);
  return scope.add(
    'quantize',
    [value],
    { thresholds: scope.draft.shared(`${scope.path}/input/thresholds`, thresholds), levels },
    { shape, type: levels, range: [integers[0]! * scale, integers[TOP]! * scale] },
    { part: 'input' },
  );
}
