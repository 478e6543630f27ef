import type { Recurrence } from '@lowbit/graph';
import type { LoweredValue } from '../draft.js';
import { epilogue, times } from '../epilogue.js';
import { partsOf, valuesOf, type Layer } from '../layer.js';
import type { LayerScope } from '../scope.js';
import { lowerWeights } from '../weights.js';
import { levelScale, quantizedInput, slotOf } from './convolutions.js';
import { unaryName } from './function.js';
import type { Rule } from './rule.js';

const CELLS: Readonly<Record<string, Recurrence['cell']>> = {
  LSTM: 'lstm',
  QuantLSTM: 'lstm',
  GRU: 'gru',
  QuantGRU: 'gru',
  SimpleRNN: 'simple',
  QuantSimpleRNN: 'simple',
};

/** LSTM, GRU, simple RNN over [steps, features], from a state of zeros. */
export const recurrent: Rule = (layer, inputs, scope) => run(layer, inputs, scope);

function run(layer: Layer, inputs: readonly LoweredValue[], scope: LayerScope, part?: string): LoweredValue {
  const { cell, returnSequences, returnState, goBackwards, stateful } = partsOf(layer);
  if (inputs.length > 1) throw scope.refuse('an initial state from outside', 'let the layer begin with zeros');
  if (returnState || stateful)
    throw scope.refuse('a state that leaves the layer', 'build it without returnState and stateful');
  const { kernel, recurrentKernel, bias, activation, recurrentActivation } = partsOf(cell);
  const own = (name: string) => [part, name].filter(Boolean).join('/');
  const functionOf = (given: typeof activation) => {
    const name = unaryName(given);
    if (name) return name;
    throw scope.refuse(
      'an activation function that the graph has no op for',
      'take tanh or sigmoid',
      given?.getClassName(),
    );
  };
  const units = recurrentKernel.shape[0]!;
  const [ofInput, ofState] = [
    lowerWeights(kernel, slotOf(layer, 'kernelQuantizer'), 1),
    lowerWeights(recurrentKernel, slotOf(layer, 'recurrentQuantizer'), 1),
  ];
  const input = quantizedInput(scope, layer, inputs[0]!);
  const x = ofInput.parameter.kind === 'codes' ? input : scope.real(input);
  const attributes: Recurrence = {
    cell: CELLS[layer.getClassName()]!,
    kernel: scope.parameter(own('kernel'), () => ofInput.parameter),
    ...scaleOf(scope, 'kernelScale', own('kernel_scale'), times(ofInput.scale, Float64Array.of(levelScale(x)))),
    recurrentKernel: scope.parameter(own('recurrent_kernel'), () => ofState.parameter),
    ...scaleOf(scope, 'recurrentScale', own('recurrent_scale'), ofState.scale),
    ...(bias && { bias: scope.floats(own('bias'), bias.shape as number[], () => valuesOf(bias)) }),
    activation: functionOf(activation),
    recurrentActivation: functionOf(recurrentActivation),
    returnSequences,
    goBackwards,
  };
  const shape = returnSequences ? [x.shape[0]!, units] : [units];
  return scope.add('recurrent', [x], attributes, { shape }, { part });
}

/** A recurrent layer from the front and one from the back, and what is made of their results. */
export const bidirectional: Rule = (layer, inputs, scope) => {
  const { forwardLayer, backwardLayer, mergeMode, returnSequences } = partsOf(layer);
  for (const each of [forwardLayer, backwardLayer]) {
    if (!CELLS[each.getClassName()])
      throw scope.refuse(
        'a wrapped layer of a class that cannot be lowered',
        'wrap an LSTM, a GRU or a simple RNN',
        each.getClassName(),
      );
  }
  const forward = run(forwardLayer, inputs, scope, 'forward');
  const backward = run(backwardLayer, inputs, scope, 'backward');
  const aligned = returnSequences ? reversed(scope, backward) : backward;
  switch (mergeMode) {
    case 'concat':
      return scope.concat([forward, aligned], forward.shape.length - 1);
    case 'sum':
      return scope.pair('add', forward, aligned);
    case 'ave':
      return scope.affine(scope.pair('add', forward, aligned, 'sum'), epilogue({ scale: [0.5] }));
    case 'mul':
      return scope.pair('multiply', forward, aligned);
    default:
      return [forward, aligned];
  }
};

/** [steps, units] from the last step to the first. */
function reversed(scope: LayerScope, value: LoweredValue): LoweredValue {
  const [steps, units] = value.shape as [number, number];
  if (steps === 1) return value;
  const rows = Array.from({ length: steps }, (_, i) =>
    scope.add(
      'slice',
      [value],
      { begin: [steps - 1 - i, 0], size: [1, units] },
      { shape: [1, units] },
      { part: `backward/step${steps - 1 - i}` },
    ),
  );
  return scope.concat(rows, 0, 'backward/reversed');
}

function scaleOf(scope: LayerScope, key: 'kernelScale' | 'recurrentScale', name: string, scale: Float64Array) {
  return scale.every((value) => value === 1) ? {} : { [key]: scope.floats(name, [scale.length], () => scale) };
}
