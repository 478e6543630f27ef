import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { quantizeValue } from '../activations.js';
import type { LoweredValue } from '../draft.js';
import { epilogue, type ExactEpilogue } from '../epilogue.js';
import { valuesOf, type Layer } from '../layer.js';
import type { LayerScope } from '../scope.js';
import { lowerWeights } from '../weights.js';
import { levelScale, multiply, quantizedInput, slotOf } from './convolutions.js';
import { softmax } from './function.js';
import type { Rule } from './rule.js';

/** What is masked has this score, as in the layer. */
const MASKED = -1e9;

type Projection = 'query' | 'key' | 'value' | 'output';

/** Multi-head attention, softmax(Q·Kᵀ/√d)·V for each head, with the quantizers of its projections and operands. */
export const attention: Rule = (layer, [first, second], scope) => {
  const { heads, keyDimension, causal } = layer.getConfig() as unknown as {
    heads: number;
    keyDimension: number;
    causal: boolean;
  };
  const operand = (name: string, value: LoweredValue) => {
    const slot = slotOf(layer, `${name}Quantizer`);
    return slot ? quantizeValue(scope, value, slot, `${name}_quantized`) : value;
  };
  const x = quantizedInput(scope, layer, first!);
  const context = second ? operand('context', second) : x;
  const project = (name: Projection, from: LoweredValue, part: string = name) => {
    const kernel = weightOf(layer, `${name}_kernel`)!;
    const weights = lowerWeights(kernel, slotOf(layer, `${name}KernelQuantizer`), 1);
    const bias = weightOf(layer, `${name}_bias`);
    const after = epilogue(bias ? { bias: valuesOf(bias) } : {});
    return multiply(scope, from, weights, { part: `${name}_kernel`, name: part, epilogue: after });
  };
  const split = (name: 'query' | 'key' | 'value', from: LoweredValue) => {
    const y = project(name, from);
    const [places, features] = y.shape as [number, number];
    const apart = scope.reshape(y, [places, heads, features / heads], `${name}_heads`);
    return operand(name, scope.transpose(apart, [1, 0, 2], `${name}_by_head`));
  };
  const [query, key, value] = [split('query', x), split('key', context), split('value', context)];

  const scores = product(scope, query, key, true, epilogue({ scale: [1 / Math.sqrt(keyDimension)] }), 'scores');
  const probability = operand('probability', softmax(scope, causal ? masked(scope, scores) : scores, 'probability'));
  const mixed = product(scope, probability, value, false, epilogue({}), 'mixed');
  const [, places, features] = mixed.shape as [number, number, number];
  const joined = scope.reshape(scope.transpose(mixed, [1, 0, 2], 'by_place'), [places, heads * features], 'joined');
  return project('output', operand('outputInput', joined), '');
};

/** The product of two values of each head, times the scales of their codes. */
function product(
  scope: LayerScope,
  a: LoweredValue,
  b: LoweredValue,
  transposeB: boolean,
  { scale }: ExactEpilogue,
  part: string,
): LoweredValue {
  const shape = [...a.shape.slice(0, -1), b.shape.at(transposeB ? -2 : -1)!];
  const sums = scope.add('matMul', [a, b], { transposeB }, { shape }, { part: `${part}_sums` });
  const factor = scale[0]! * levelScale(a) * levelScale(b);
  return factor === 1 ? sums : scope.affine(sums, epilogue({ scale: [factor] }), part);
}

/** No place sees those after it. */
function masked(scope: LayerScope, scores: LoweredValue): LoweredValue {
  const [heads, places, seen] = scores.shape as [number, number, number];
  const flat = scope.reshape(scores, [heads, places * seen], 'scores_flat');
  const bias = Array.from({ length: places * seen }, (_, i) => (i % seen > Math.floor(i / seen) ? MASKED : 0));
  return scope.reshape(scope.affine(flat, epilogue({ bias }), 'scores_masked'), scores.shape, 'scores_seen');
}

function weightOf(layer: Layer, name: string): LayerVariable | undefined {
  return layer.weights.find(({ originalName }) => originalName.endsWith(`/${name}`) || originalName === name);
}
