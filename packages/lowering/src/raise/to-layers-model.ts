import { inferValues, type Graph, type GraphNode, type Parameter, type Value } from '@lowbit/graph';
import { LowbitError } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { input, model as functional, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Layer } from '../layer.js';
import { RAISES, type Raising } from './raises.js';

/**
 * The layers model that computes what a float graph does: the way back from `lower`, by which a graph that was imported can be looked at,
 * quantized by `quantizeModel`, calibrated, trained further and lowered again. Convolutions, dense layers, embeddings and normalizations become the
 * layers of TensorFlow.js and of `@lowbit/quant-core`, a scale after a convolution a part of its kernel; what `tf.layers` has no layer for
 * becomes a layer of one op, {@link GraphOp}. Layers are named by their nodes, with '.' for '/'.
 *
 * @returns a model, not compiled, that is the caller's to dispose
 * @throws LowbitError ('unsupported') a node that no layer stands for: few-bit weights or codes, a convolution in groups; ('data') a damaged graph
 */
export function toLayersModel(graph: Graph): LayersModel {
  const values = inferValues(graph);
  const made = new Map<string, SymbolicTensor>();
  const names = new Set<string>();
  const inputs = graph.inputs.map(({ name, shape }) => {
    const tensor = input({ name: layerName(name, names), shape: [...shape] });
    made.set(name, tensor);
    return tensor;
  });
  for (const node of graph.nodes) made.set(node.name, raise(node));
  return functional({ inputs, outputs: graph.outputs.map((name) => made.get(name)!) });

  function raise(node: GraphNode): SymbolicTensor {
    const rule = RAISES[node.op] as ((node: GraphNode, raising: Raising) => SymbolicTensor) | undefined;
    if (!rule)
      throw refuse(node, 'an op that no layer stands for', 'take a graph of real numbers, as importOnnx makes it');
    const xs = node.inputs.map((name) => made.get(name)!);
    return rule(node, {
      xs,
      shape: (values.get(node.name) as Value).shape,
      shapes: node.inputs.map((name) => values.get(name)!.shape),
      floats: (name) => floats(node, name, graph.parameters[name]!),
      name: (part) => layerName(part === undefined ? node.name : `${node.name}.${part}`, names),
      apply: (layer, of, weights) => applied(layer, of, weights),
      refuse: (what, hint) => refuse(node, what, hint),
    });
  }
}

function applied(layer: Layer, xs: readonly SymbolicTensor[], weights: readonly Weight[] = []): SymbolicTensor {
  const result = layer.apply(xs.length === 1 ? xs[0]! : [...xs]) as SymbolicTensor;
  if (weights.length > 0)
    tf.tidy(() => layer.setWeights(weights.map(({ data, shape }) => tf.tensor(data, [...shape]))));
  return result;
}

/** The numbers of a weight. */
export type Weight = Pick<Extract<Parameter, { kind: 'float32' }>, 'data' | 'shape'>;

function floats(node: GraphNode, name: string, parameter: Parameter): Weight {
  if (parameter.kind === 'float32') return parameter;
  throw refuse(node, `few-bit weights, '${name}'`, 'take a graph of real numbers, as importOnnx makes it');
}

function refuse({ name, op }: GraphNode, what: string, hint: string): LowbitError {
  return new LowbitError('unsupported', { what, where: `node '${name}' (${op})`, hint });
}

/** A name that a layer may have and none has yet. */
function layerName(name: string, taken: Set<string>): string {
  const clean = name.replace(/[^-A-Za-z0-9_.]/g, '.').replace(/^[-_.]+/, '') || 'value';
  let unique = clean;
  for (let i = 1; taken.has(unique); i++) unique = `${clean}_${i}`;
  taken.add(unique);
  return unique;
}
