import type { LoweredValue } from '../draft.js';
import { epilogue } from '../epilogue.js';
import { partsOf } from '../layer.js';
import type { LayerScope } from '../scope.js';
import type { Rule } from './rule.js';

type PairOp = 'add' | 'subtract' | 'multiply' | 'maximum';

/** Two values or more, from the first on. */
function chain(op: PairOp): Rule {
  return (_layer, values, scope) => joined(scope, op, values);
}

export const add = chain('add');
export const subtract = chain('subtract');
export const multiply = chain('multiply');
export const maximum = chain('maximum');

/** −max(−a, −b) */
export const minimum: Rule = (_layer, values, scope) => {
  const negative = epilogue({ scale: [-1] });
  const negated = values.map((value) => scope.affine(value, negative, 'negated'));
  return scope.affine(joined(scope, 'maximum', negated), negative);
};

export const average: Rule = (_layer, values, scope) =>
  scope.affine(joined(scope, 'add', values), epilogue({ scale: [1 / values.length] }));

export const concatenate: Rule = (layer, values, scope) => {
  const axis = partsOf(layer).axis as number;
  return scope.concat(values, axis < 0 ? values[0]!.shape.length + axis : axis - 1);
};

function joined(scope: LayerScope, op: PairOp, values: readonly LoweredValue[]): LoweredValue {
  const ranks = new Set(values.map(({ shape }) => shape.length));
  if (ranks.size > 1) throw scope.refuse('values of different numbers of axes', 'reshape them first');
  return values.reduce((a, b) => scope.pair(op, a, b));
}
