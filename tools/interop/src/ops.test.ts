import { interpretBatch, type FloatArray, type Graph } from '@lowbit/graph';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { toOnnxQdq, toQonnx } from '@lowbit/export-onnx';
import { CASES } from './cases.js';
import { randomNumbers, sizeOf } from './graphs.js';
import { Interop, missingPython } from './python.js';

const python = missingPython === undefined ? new Interop() : undefined;
afterAll(() => python?.close());
beforeEach((context) => context.skip(!python, missingPython));

const BATCH = 3;

function inputsOf(graph: Graph, seed: number): Record<string, FloatArray> {
  const random = randomNumbers(seed);
  const given = graph.inputs.map(({ name, shape }) => {
    const data = Float32Array.from({ length: BATCH * sizeOf(shape) }, random);
    return [name, { shape: [BATCH, ...shape], data }];
  });
  return Object.fromEntries(given) as Record<string, FloatArray>;
}

/** The largest difference relative to max(1, |expected|). */
function difference(expected: FloatArray, found: FloatArray): number {
  expect(found.shape).toEqual(expected.shape);
  return expected.data.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - found.data[i]!) / Math.max(1, Math.abs(value))),
    0,
  );
}

describe.each(Object.entries(CASES))('%s', (_name, graph) => {
  const inputs = inputsOf(graph, 7);

  it.each([
    ['qonnx', 'qonnx', toQonnx],
    ['qonnx, cleaned up', 'qonnx-clean', toQonnx],
    ['ONNX Runtime', 'onnxruntime', toOnnxQdq],
  ] as const)('%s', async (_engine, engine, write) => {
    const expected = interpretBatch(graph, inputs);
    const { outputs } = await python!.run(engine, write(graph, { batch: BATCH }), inputs);
    for (const name of graph.outputs) expect(difference(expected[name]!, outputs[name]!)).toBeLessThan(2e-6);
  });
});
