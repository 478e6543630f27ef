import { interpretBatch, type Graph, type Levels } from '@lowbit/graph';
import * as tf from '@tensorflow/tfjs-core';
import { model as functional, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { lower } from '../lower.js';
import type { LoweringOptions } from '../options.js';

/** How far a graph is from its model. */
export interface Difference {
  readonly graph: Graph;
  /** Of the outputs: the largest difference, as a share of the model's largest value. */
  readonly outputs: number;
  /** Of the layers of the model that quantize: values, and those that are at another level than the model's. */
  readonly codes: number;
  readonly differing: number;
  /**
   * Those of them that need an explanation: what was quantized is further than {@link NEAR} from a threshold, and nothing before differed in
   * the same example.
   */
  readonly unexplained: number;
}

/** How near to a threshold rounding may decide, as a share of the largest threshold. */
const NEAR = 1e-5;

/** Lowers a model and compares what the reference interpreter makes of the graph with what the model makes of some examples. */
export function compare(model: LayersModel, x: tf.Tensor, options?: LoweringOptions): Difference {
  const graph = lower(model, options);
  const values = new Map<string, Float32Array[]>();
  const computed = interpretBatch(
    graph,
    { [graph.inputs[0]!.name]: { shape: x.shape, data: x.dataSync<'float32'>().slice() } },
    {
      observe: (name, { type, data }) => {
        if (type !== 'float32') values.set(name, [...(values.get(name) ?? []), meanings(data, type)]);
      },
    },
  );
  const quantizing = graph.nodes.flatMap((node) => {
    const layer = node.op === 'quantize' ? model.layers.find(({ name }) => name === node.name) : undefined;
    return layer && node.op === 'quantize' ? [{ layer, name: node.name, thresholds: node.thresholds }] : [];
  });
  const outputs = predictions(model, model.outputs, x);
  const given = predictions(
    model,
    quantizing.map(({ layer }) => layer.input as SymbolicTensor),
    x,
  );
  const made = predictions(
    model,
    quantizing.map(({ layer }) => layer.output as SymbolicTensor),
    x,
  );
  const examples = x.shape[0]!;
  const touched = new Set<number>();
  const count = { codes: 0, differing: 0, unexplained: 0 };
  quantizing.forEach(({ name, thresholds }, at) => {
    const { data } = graph.parameters[thresholds] as { data: Float32Array };
    const near = NEAR * Math.max(...data.map(Math.abs), 1);
    const before = new Set(touched);
    for (let example = 0; example < examples; example++) {
      const own = values.get(name)![example]!;
      own.forEach((value, i) => {
        const place = example * own.length + i;
        count.codes++;
        if (Math.abs(value - made[at]![place]!) <= 1e-4 * Math.max(Math.abs(value), 1e-3)) return;
        count.differing++;
        touched.add(example);
        const distance = Math.min(...data.map((threshold) => Math.abs(threshold - given[at]![place]!)));
        if (distance > near && !before.has(example)) count.unexplained++;
      });
    }
  });
  const far = outputs.map((expected, i) => distance(expected, computed[graph.outputs[i]!]!.data));
  return { graph, outputs: Math.max(...far), ...count };
}

function predictions(model: LayersModel, outputs: SymbolicTensor[], x: tf.Tensor): Float32Array[] {
  if (outputs.length === 0) return [];
  return tf.tidy(() => {
    const results = functional({ inputs: model.inputs, outputs }).predict(x);
    return [results].flat().map((each) => each.dataSync<'float32'>().slice());
  });
}

function meanings(codes: Uint8Array, type: Levels): Float32Array {
  const levels = 'values' in type ? type.values : type.integers.map((integer) => integer * type.scale);
  return Float32Array.from(codes, (code) => levels[code]!);
}

function distance(expected: Float32Array, actual: Float32Array): number {
  if (expected.length !== actual.length) return Infinity;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  const far = expected.reduce(
    (most, value, i) => Math.max(most, value === actual[i] ? 0 : Math.abs(value - actual[i]!)),
    0,
  );
  return Number.isNaN(far) ? Infinity : far / largest;
}
