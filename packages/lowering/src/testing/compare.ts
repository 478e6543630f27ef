import { interpretBatch, type Graph } from '@lowbit/graph';
import * as tf from '@tensorflow/tfjs-core';
import { model as functional, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { lower } from '../lower.js';
import type { LoweringOptions } from '../options.js';

/** How far a graph is from its model. */
export interface Difference {
  readonly graph: Graph;
  /** Of the outputs: the largest difference, as a share of the model's largest value. */
  readonly outputs: number;
  /** Of the layers whose nodes make codes: how many values there are, and how many are another level than the model's. */
  readonly codes: number;
  readonly differing: number;
}

/** Lowers a model and compares what the reference interpreter makes of the graph with what the model makes of some examples. */
export function compare(model: LayersModel, x: tf.Tensor, options?: LoweringOptions): Difference {
  const graph = lower(model, options);
  const input = { shape: x.shape, data: x.dataSync<'float32'>().slice() };
  const values = new Map<string, number[]>();
  const watched = new Set(graph.nodes.filter(({ op }) => op === 'quantize').map(({ name }) => name));
  const computed = interpretBatch(
    graph,
    { [graph.inputs[0]!.name]: input },
    {
      observe: (name, { type, data }) => {
        if (!watched.has(name) || type === 'float32') return;
        const meanings =
          'values' in type ? type.values : type.integers.map((integer) => Math.fround(integer * type.scale));
        values.set(name, [...(values.get(name) ?? []), ...Array.from(data, (code) => meanings[code]!)]);
      },
    },
  );
  const shown = model.layers.filter(({ name }) => values.has(name));
  const expected = tf.tidy(() => {
    const outputs = [...model.outputs, ...shown.map((layer) => layer.output as SymbolicTensor)];
    const results = functional({ inputs: model.inputs, outputs }).predict(x) as tf.Tensor | tf.Tensor[];
    return [results].flat().map((each) => [...each.dataSync()]);
  });
  const count = model.outputs.length;
  const far = expected.slice(0, count).map((each, i) => distance(each, computed[graph.outputs[i]!]!.data));
  const levels = shown.map(({ name }, i) => [expected[count + i]!, values.get(name)!] as const);
  const step = (a: number, b: number) => Math.abs(a - b) > 1e-4 * Math.max(Math.abs(a), Math.abs(b));
  const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);
  return {
    graph,
    outputs: Math.max(...far),
    codes: sum(levels.map(([model]) => model.length)),
    differing: sum(levels.map(([model, own]) => model.filter((value, i) => step(value, own[i]!)).length)),
  };
}

function distance(expected: readonly number[], actual: Float32Array): number {
  if (expected.length !== actual.length) return Infinity;
  const largest = Math.max(...expected.map(Math.abs), 1e-30);
  return Math.max(...expected.map((value, i) => (value === actual[i] ? 0 : Math.abs(value - actual[i]!)))) / largest;
}
