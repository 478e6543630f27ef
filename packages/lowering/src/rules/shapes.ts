import type { Pads } from '@lowbit/graph';
import type { LoweredValue } from '../draft.js';
import { hull, type LayerScope } from '../scope.js';
import type { Layer } from '../layer.js';
import type { Rule } from './rule.js';
import { checkLayout } from './window.js';

/** Flatten, reshape: the result has the shape that the model says. */
export const reshape: Rule = (_layer, [value], scope) => scope.reshape(value!, scope.outputShape);

export const permute: Rule = (layer, [value], scope) => {
  const { dims } = layer as Layer & { readonly dims: readonly number[] };
  return scope.transpose(
    value!,
    dims.map((axis) => axis - 1),
  );
};

/** [features] n times: [n, features]. */
export const repeatVector: Rule = (layer, [value], scope) => {
  const { n } = layer as Layer & { readonly n: number };
  const row = scope.reshape(value!, [1, ...value!.shape], 'row');
  return n === 1 ? row : scope.concat(new Array<LoweredValue>(n).fill(row), 0);
};

type Sides = readonly [readonly [number, number], readonly [number, number]];

export const zeroPadding: Rule = (layer, [value], scope) => {
  checkLayout(scope, layer);
  const [[top, bottom], [left, right]] = (layer as Layer & { readonly padding: Sides }).padding;
  return padded(scope, value!, [top, left, bottom, right]);
};

export const cropping: Rule = (layer, [value], scope) => {
  checkLayout(scope, layer);
  const [[top], [left]] = (layer as Layer & { readonly cropping: Sides }).cropping;
  return scope.add(
    'slice',
    [value!],
    { begin: [top, left, 0], size: scope.outputShape },
    { ...value!, shape: scope.outputShape },
  );
};

/** Codes stay codes where one of them stands for 0. */
function padded(scope: LayerScope, value: LoweredValue, pads: Pads): LoweredValue {
  const x = hasZero(value) ? value : scope.real(value);
  const range = x.range && hull([x.range, [0, 0]]);
  return scope.add('pad', [x], { pads }, { shape: scope.outputShape, type: x.type, range });
}

/** Whether 0 is among the levels of a value, so that zeros can be put around it; true of real numbers. */
export function hasZero({ type }: LoweredValue): boolean {
  return type === 'float32' || ('integers' in type ? type.integers : type.values).includes(0);
}
