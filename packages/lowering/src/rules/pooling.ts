import type { LoweredValue } from '../draft.js';
import { partsOf } from '../layer.js';
import type { LayerScope } from '../scope.js';
import type { Rule } from './rule.js';
import { checkLayout, windowOf } from './window.js';

/** Codes stay codes: those of a draft ascend with what they stand for. */
export const maxPool: Rule = (layer, [value], scope) => {
  const { size, strides, pads, places } = windowOf(scope, layer, value!, partsOf(layer).poolSize);
  return overImages(scope, value!, places, (x, shape) =>
    scope.add('maxPool', [x], { size, strides, pads }, { ...value!, shape }),
  );
};

export const averagePool: Rule = (layer, [value], scope) => {
  const real = scope.real(value!);
  const { size, strides, pads, places } = windowOf(scope, layer, real, partsOf(layer).poolSize);
  return overImages(scope, real, places, (x, shape) =>
    scope.add('averagePool', [x], { size, strides, pads }, { shape, range: real.range }),
  );
};

export const globalAveragePool: Rule = (layer, [value], scope) => {
  checkLayout(scope, layer);
  return scope.add(
    'globalAveragePool',
    [asImage(scope, value!)],
    {},
    { shape: scope.outputShape, range: value!.range },
  );
};

export const globalMaxPool: Rule = (layer, [value], scope) => {
  checkLayout(scope, layer);
  return scope.add('globalMaxPool', [asImage(scope, value!)], {}, { ...value!, shape: scope.outputShape });
};

/** Pools a value [width, channels] as an image of one row. */
function overImages(
  scope: LayerScope,
  value: LoweredValue,
  places: readonly number[],
  pool: (x: LoweredValue, shape: readonly number[]) => LoweredValue,
): LoweredValue {
  const channels = value.shape.at(-1)!;
  const image = asImage(scope, value);
  if (image === value) return pool(value, [...places, channels]);
  return scope.reshape(pool(image, [1, ...places, channels]), [...places, channels], 'places');
}

function asImage(scope: LayerScope, value: LoweredValue): LoweredValue {
  return value.shape.length === 2 ? scope.reshape(value, [1, ...value.shape], 'image') : value;
}
