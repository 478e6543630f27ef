import { interpretBatch, type Graph, type GraphNode, type Levels, type Parameter } from '@lowbit/graph';
import { expect } from 'vitest';
import { Model } from './model.js';
import { Team } from './threads/team.js';
import { askedSimd, floatParameter, randomFloats, unsigned } from './testing.js';
import { engine } from './wasm/kernels.js';

/** A model whose threads share out all that they can, however small. */
export async function modelOf(graph: Graph, threads: number): Promise<Model> {
  const team = threads > 1 ? new Team(threads, { shortest: 1e-9 }) : undefined;
  const host = await engine(askedSimd, team !== undefined);
  const model = new Model(graph, host, team);
  await model.begin(host);
  return model;
}

/** Two examples of a graph, on the engine by some threads and by the interpreter. */
export async function expectSame(
  graph: Graph,
  inputs?: Record<string, Float32Array>,
  threads: readonly number[] = THREADS,
): Promise<void> {
  const given =
    inputs ??
    Object.fromEntries(
      graph.inputs.map(({ name, shape }, k) => [name, randomFloats(2 * shape.reduce((a, b) => a * b, 1), 20 + k)]),
    );
  const wanted = interpretBatch(graph, given);
  for (const count of threads) {
    const model = await modelOf(graph, count);
    for (const repetition of [1, 2]) {
      const results = await model.run(given);
      for (const { name, shape } of model.outputs) {
        expect([repetition, name, [2, ...shape]]).toEqual([repetition, name, wanted[name]!.shape]);
        expect(results[name], `${name} by ${count} threads`).toEqual(wanted[name]!.data);
      }
    }
    model.dispose();
  }
}

const THREADS = [1, 2, 3, 5];

export type Shape = readonly number[];
export type Parameters = Record<string, Parameter>;

/** Inputs x0, x1, …; the outputs are all nodes. */
export function graphOf(shapes: readonly Shape[], nodes: readonly GraphNode[], parameters: Parameters = {}): Graph {
  return {
    inputs: shapes.map((shape, k) => ({ name: `x${k}`, shape })),
    nodes,
    outputs: nodes.map(({ name }) => name),
    parameters,
  };
}

export const ones = { strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], groups: 1 } as const;
const values: Levels = { values: [-1.5, -0.25, 0, 0.625, 1.125, 2] };
const binary: Levels = { integers: [-1, 1], scale: 0.75 };
const thresholds = (count: number) =>
  floatParameter(
    [count - 1],
    Float32Array.from({ length: count - 1 }, (_, k) => ((k + 1) * 2) / count - 0.7),
  );

/** x0 as codes of each kind: u4, by values, binary. */
export const coded: readonly GraphNode[] = [
  { name: 'u4', op: 'quantize', inputs: ['x0'], thresholds: 't16', levels: unsigned(4) },
  { name: 'by-values', op: 'quantize', inputs: ['x0'], thresholds: 't6', levels: values },
  { name: 'binary', op: 'quantize', inputs: ['x0'], thresholds: 't2', levels: binary },
];
export const codedParameters: Parameters = { t16: thresholds(16), t6: thresholds(6), t2: thresholds(2) };
export const codes = ['u4', 'by-values', 'binary'];
