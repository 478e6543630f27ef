import { partsOf } from '../layer.js';
import { dense } from './convolutions.js';
import {
  activation,
  batchNormalization,
  elu,
  identity,
  layerNormalization,
  leakyRelu,
  quantActivation,
  relu,
} from './elementwise.js';
import type { Rule } from './rule.js';

/** What works on the last axis, whatever comes before it. */
const ON_LAST_AXIS: Readonly<Record<string, Rule>> = {
  Dense: dense,
  QuantDense: dense,
  QuantActivation: quantActivation,
  Activation: activation,
  ReLU: relu,
  LeakyReLU: leakyRelu,
  ELU: elu,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Dropout: identity,
};

/** A layer applied to each step: of layers that work on the last axis that is the layer itself. */
export const timeDistributed: Rule = (layer, inputs, scope) => {
  const inner = partsOf(layer).layer;
  const rule = ON_LAST_AXIS[inner.getClassName()];
  if (rule) return rule(inner, inputs, scope);
  throw scope.refuse(
    'a wrapped layer that does more than work on the last axis',
    'lower the model without timeDistributed',
    inner.getClassName(),
  );
};
