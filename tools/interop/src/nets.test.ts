import { pickBackend } from '@lowbit/backends';
import data, { batches, digits } from '@lowbit/data';
import { toOnnxQdq, toQonnx } from '@lowbit/export-onnx';
import { interpretBatch, type FloatArray, type Graph } from '@lowbit/graph';
import { lower } from '@lowbit/lowering';
import modelsSspq, { resnet20 } from '@lowbit/models-sspq';
import { createRegistry } from '@lowbit/plugin-api';
import quantCore, { quantizedLayers } from '@lowbit/quant-core';
import schedules from '@lowbit/schedules';
import shiftOps from '@lowbit/shift-ops';
import training, { loadRun, trainRun, type ExperimentInput } from '@lowbit/training';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { randomNumbers, sizeOf } from './graphs.js';
import { Interop, missingPython } from './python.js';

const registry = createRegistry([quantCore, shiftOps, schedules, data, modelsSspq, training]);
const python = missingPython === undefined ? new Interop() : undefined;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lowbit-interop-'));
  await pickBackend('wasm');
});
afterAll(async () => {
  python?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach((context) => context.skip(!python, missingPython));

/** Of each example the largest difference of a logit, and whether the classes differ. */
function compare(expected: FloatArray, found: FloatArray) {
  expect(found.shape).toEqual(expected.shape);
  const [examples, classes] = expected.shape as [number, number];
  const rows = Array.from({ length: examples }, (_, i) => {
    const [a, b] = [expected, found].map(({ data }) => [...data.subarray(i * classes, (i + 1) * classes)]);
    const [best, other] = [a!, b!].map((row) => row.indexOf(Math.max(...row)));
    return { far: Math.max(...a!.map((logit, k) => Math.abs(logit - b![k]!))), differs: best !== other };
  });
  return {
    far: Math.max(...rows.map(({ far }) => far)),
    beyond: rows.filter(({ far }) => far > 1e-4).length,
    differing: rows.filter(({ differs }) => differs).length,
  };
}

describe('a trained L-SSPQ, W1A4, on 200 test images', () => {
  let graph: Graph;
  let inputs: Record<string, FloatArray>;
  let expected: FloatArray;

  beforeAll(async () => {
    if (!python) return;
    const experiment: ExperimentInput = {
      data: { dataset: 'digits', limit: 512, testLimit: 200 },
      model: {
        model: 'l-sspq-digits',
        afterShift: 8,
        weights: { quantizer: 'dorefa', bits: 1 },
        activations: { quantizer: 'dorefa', bits: 4 },
      },
      stages: [{ epochs: 3, schedule: { schedule: 'cosine', base: 0.2 } }],
      batchSize: 64,
      seed: 1,
    };
    const dir = path.join(folder, 'digits');
    for await (const event of trainRun(experiment, { dir, registry })) void event;
    const { model, task } = await loadRun(dir, { registry });
    graph = lower(model, { metadata: { classes: task.classes.join() } });
    model.dispose();
    const { splits } = await digits({ testLimit: 200 });
    const options = { batchSize: 200, shuffle: false, normalize: task.normalization };
    for await (const batch of batches(splits.test!, options)) inputs = { [graph.inputs[0]!.name]: batch.inputs };
    expected = interpretBatch(graph, inputs)[graph.outputs[0]!]!;
  });

  it('qonnx: the same classes, logits within 1e-4', async () => {
    const { outputs } = await python!.run('qonnx', toQonnx(graph, { batch: 200 }), inputs);
    expect(compare(expected, outputs[graph.outputs[0]!]!)).toMatchObject({ beyond: 0, differing: 0 });
  });

  it('qonnx counts products of 4 bits by 1 after its clean-up', async () => {
    const { outputs, cost } = await python!.run('qonnx-clean', toQonnx(graph, { batch: 200 }), inputs);
    expect(compare(expected, outputs[graph.outputs[0]!]!)).toMatchObject({ beyond: 0, differing: 0 });
    // what the stem makes is read as real numbers by two point-wise convolutions, and by none else
    const { op_mac_UINT4_BIPOLAR: four, op_mac_UINT8_BIPOLAR: eight, op_mac_FLOAT32_BIPOLAR: real } = cost!;
    expect(four! + eight!).toBeGreaterThan(5 * real!);
  });

  it.each(['int4', 'int8'] as const)(
    'ONNX Runtime, %s: the same classes, logits within 1e-4',
    async (fewBitWeights) => {
      const { outputs } = await python!.run('onnxruntime', toOnnxQdq(graph, { fewBitWeights }), inputs);
      expect(compare(expected, outputs[graph.outputs[0]!]!)).toMatchObject({ beyond: 0, differing: 0 });
    },
  );
});

type Row = [weights: string, activations: string, weightBits: number, activationBits: number];

describe('a small ResNet with random weights', () => {
  const shape = [16, 16, 3] as const;
  const x = { shape: [4, ...shape], data: Float32Array.from({ length: 4 * sizeOf(shape) }, randomNumbers(3)) };

  it.each<Row>([
    ['dorefa', 'dorefa', 1, 4],
    ['dorefa', 'dorefa', 2, 2],
    ['lsq', 'lsq', 4, 4],
    ['pact', 'pact', 3, 3],
    ['sawb', 'pact', 2, 8],
    ['xnor', 'xnor', 1, 1],
    ['twn', 'qil', 2, 4],
    ['lq-nets', 'lq-nets', 2, 2],
    ['lsq', 'lsq', 8, 8],
  ])('%s and %s, W%iA%i', async (weights, activations, weightBits, activationBits) => {
    const initial = (quantizer: string) => (quantizer === 'lq-nets' ? { initial: 'data' } : {});
    const options = {
      weights: { quantizer: weights, bits: weightBits, ...initial(weights) },
      activations: { quantizer: activations, bits: activationBits, ...initial(activations) },
      ...{ widths: [8, 16], blocks: [1, 1] },
    };
    const model = resnet20(options, { inputShape: shape, classes: 10, seed: 5, registry });
    randomize(model);
    calibrate(model, x);
    const graph = lower(model);
    model.dispose();
    const inputs = { [graph.inputs[0]!.name]: x };
    const [name] = graph.outputs as [string];
    const expected = interpretBatch(graph, inputs)[name]!;
    const qonnx = await python!.run('qonnx', toQonnx(graph, { batch: 4 }), inputs);
    expect(compare(expected, qonnx.outputs[name]!)).toMatchObject({ beyond: 0, differing: 0 });
    const ort = await python!.run('onnxruntime', toOnnxQdq(graph), inputs);
    const found = compare(expected, ort.outputs[name]!);
    if (weightBits < 8) return expect(found).toMatchObject({ beyond: 0, differing: 0 });
    // its integer kernels round by scales of their own
    expect(ort.operators).toHaveProperty('QLinearConv');
    expect(found.differing).toBe(0);
    expect(found.far).toBeLessThan(1e-3);
  });
});

/** Biases and batch normalizations as if they were trained: they begin at 0 and 1. */
function randomize(model: LayersModel): void {
  model.weights.forEach((weight, i) => {
    if (weight.shape.length > 1) return;
    const low = /variance|gamma/.test(weight.originalName) ? 0.3 : -0.3;
    const values = tf.randomUniform(weight.shape as number[], low, low + 0.9, 'float32', i + 1);
    weight.write(values);
    values.dispose();
  });
}

/** Gives quantizers what they take from weights and from a batch. */
function calibrate(model: LayersModel, { shape, data }: FloatArray): void {
  const x = tf.tensor(data, [...shape]);
  for (const { layer } of quantizedLayers(model)) {
    layer.calibrateWeights();
    const slot = layer.slots.get('quantizer') ?? layer.slots.get('inputQuantizer');
    if (slot?.calibrates) slot.calibrate([x]);
  }
  x.dispose();
}
