import type { Parameter } from '@lowbit/graph';
import type { LoweredValue } from './draft.js';
import type { LayerScope } from './scope.js';

const TOP = 255;

/**
 * What a layer with these weights reads: where they have few bits and the value is real, its 8-bit codes if the options ask for that and its
 * range is known; the value as it is otherwise.
 *
 * The codes are those of a uniform grid with a zero point, so that 0 is exactly a level: x̂ = (c − z)·s, s = (most − least)/255,
 * z = round(−least/s) over the range widened to hold 0 (Jacob et al., CVPR 2018, eq. 1).
 */
export function layerInput(scope: LayerScope, value: LoweredValue, weights: Parameter): LoweredValue {
  const { range, type, shape } = value;
  const coded = weights.kind === 'codes' && 'integers' in weights.levels;
  if (scope.options.floatInputs === 'float' || type !== 'float32' || !range || !coded) return value;
  const [least, most] = [Math.min(range[0], 0), Math.max(range[1], 0)];
  const scale = Math.fround((most - least) / TOP);
  if (!(scale > 0) || !Number.isFinite(scale)) return value;
  const zero = Math.min(TOP, Math.round(-least / scale));
  const integers = Array.from({ length: TOP + 1 }, (_, code) => code - zero);
  const levels = { integers, scale };
  const thresholds = Float32Array.from(integers.slice(1), (integer) => (integer - 0.5) * scale);
  return scope.add(
    'quantize',
    [value],
    { thresholds: scope.draft.shared(`${scope.path}/input/uint8`, thresholds), levels },
    { shape, type: levels, range: [integers[0]! * scale, integers[TOP]! * scale] },
    { part: 'input' },
  );
}
