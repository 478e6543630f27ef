import { LowbitError } from '@lowbit/plugin-api';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Layer } from './layer.js';

/** What is done with one application of a layer: gives what it makes, in the order of its results. */
export type Visit<Value> = (
  layer: Layer,
  path: string,
  inputs: readonly Value[],
  outputs: readonly SymbolicTensor[],
) => readonly Value[];

/**
 * Follows a model from its outputs back and visits each application of a layer once, after those that it reads; models inside are entered.
 *
 * @param inputs a value for each of the model's inputs
 * @returns a value for each of its outputs
 */
export function walk<Value>(model: LayersModel, inputs: readonly Value[], visit: Visit<Value>, prefix = ''): Value[] {
  const known = new Map<SymbolicTensor['id'], Value>();
  model.inputs.forEach((input, i) => known.set(input.id, inputs[i]!));

  const valueOf = (tensor: SymbolicTensor): Value => {
    if (!known.has(tensor.id)) apply(tensor);
    return known.get(tensor.id)!;
  };
  const apply = ({ sourceLayer, nodeIndex }: SymbolicTensor): void => {
    const { inputTensors, outputTensors } = sourceLayer.inboundNodes[nodeIndex]!;
    const path = prefix + sourceLayer.name;
    if (inputTensors.length === 0) throw unreachable(path);
    const given = inputTensors.map(valueOf);
    const made = isModel(sourceLayer)
      ? walk(sourceLayer, given, visit, `${path}/`)
      : visit(sourceLayer, path, given, outputTensors);
    outputTensors.forEach((tensor, i) => known.set(tensor.id, made[i]!));
  };
  return model.outputs.map(valueOf);
}

function isModel(layer: Layer): layer is Layer & LayersModel {
  return Array.isArray((layer as Partial<LayersModel>).layers);
}

function unreachable(path: string): LowbitError {
  return new LowbitError('unsupported', {
    what: "an input that is none of the model's",
    where: `layer '${path}'`,
    hint: 'name it among the inputs of the model',
  });
}
