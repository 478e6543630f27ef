import type { UnaryFunction } from '@lowbit/graph';
import type { LoweredValue } from '../draft.js';
import type { LayerActivation } from '../layer.js';
import type { LayerScope } from '../scope.js';

const UNARY: Readonly<Record<string, UnaryFunction>> = {
  relu: 'relu',
  relu6: 'relu6',
  sigmoid: 'sigmoid',
  hardSigmoid: 'hardSigmoid',
  tanh: 'tanh',
  elu: 'elu',
  gelu: 'gelu',
  softplus: 'softplus',
};

/** An activation function that is one op; undefined of any other. */
export function unaryName(activation: LayerActivation | null | undefined): UnaryFunction | 'linear' | undefined {
  const name = activation?.getClassName() ?? 'linear';
  return name === 'linear' ? name : UNARY[name];
}

/**
 * An activation function of `tf.layers` applied to a value.
 *
 * @throws LowbitError ('unsupported') one that is not made of the graph's ops
 */
export function applyFunction(
  scope: LayerScope,
  value: LoweredValue,
  activation: LayerActivation | null | undefined,
  part?: string,
): LoweredValue {
  const name = activation?.getClassName() ?? 'linear';
  const unary = unaryName(activation);
  if (unary) return unary === 'linear' ? value : scope.unary(value, unary, part);
  switch (name) {
    case 'softmax':
      return softmax(scope, value, part);
    case 'swish':
      return scope.pair('multiply', value, scope.unary(value, 'sigmoid', 'sigmoid'), part);
    case 'mish':
      return scope.pair(
        'multiply',
        value,
        scope.unary(scope.unary(value, 'softplus', 'softplus'), 'tanh', 'tanh'),
        part,
      );
    default:
      throw scope.refuse(
        'an activation function that the graph has no op for',
        'take relu, relu6, elu, gelu, sigmoid, tanh, swish or softmax',
        name,
      );
  }
}

/** Softmax over the last axis. */
export function softmax(scope: LayerScope, value: LoweredValue, part?: string): LoweredValue {
  const x = scope.real(value);
  return scope.add('softmax', [x], {}, { shape: x.shape, range: [0, 1] }, { part });
}
