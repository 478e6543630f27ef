import '@lowbit/wasm-kernels';
import '@tensorflow/tfjs-backend-cpu';
import {
  lsqActivations,
  lsqWeights,
  quantAttention,
  quantConv1d,
  quantConv2dTranspose,
  quantConv3d,
  quantEmbedding,
  quantFoldedConv2d,
  quantGru,
  quantLstm,
  quantSeparableConv2d,
  quantSimpleRnn,
} from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, expect, it } from 'vitest';
import { namedWeights } from './weights.js';

afterAll(() => tf.setBackend('cpu'));

const w = () => lsqWeights({ bits: 4 });
const kernel = { kernelQuantizer: w(), inputQuantizer: lsqActivations({ bits: 4, signed: true }) };
const recurrent = { kernelQuantizer: w(), recurrentQuantizer: w(), recurrentInitializer: 'glorotUniform' as const };

/** A quantized layer, and the shape of an input. */
const CASES = {
  conv1d: () => [quantConv1d({ filters: 3, kernelSize: 3, ...kernel }), [6, 2]],
  conv3d: () => [quantConv3d({ filters: 2, kernelSize: 2, ...kernel }), [3, 3, 3, 2]],
  transposed: () => [quantConv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, ...kernel }), [3, 3, 2]],
  separable: () => [
    quantSeparableConv2d({ filters: 3, kernelSize: 3, depthwiseQuantizer: w(), pointwiseQuantizer: w() }),
    [5, 5, 2],
  ],
  folded: () => [quantFoldedConv2d({ filters: 3, kernelSize: 3, ...kernel }), [5, 5, 2]],
  embedding: () => [quantEmbedding({ inputDim: 4, outputDim: 3, embeddingsQuantizer: w() }), [5]],
  lstm: () => [quantLstm({ units: 3, ...recurrent }), [4, 2]],
  gru: () => [quantGru({ units: 3, ...recurrent }), [4, 2]],
  'simple RNN': () => [quantSimpleRnn({ units: 3, ...recurrent }), [4, 2]],
  bidirectional: () => [
    layers.bidirectional({ layer: quantLstm({ units: 2, ...recurrent }), mergeMode: 'sum' }),
    [4, 2],
  ],
  'each time step': () => [
    layers.timeDistributed({ layer: quantConv1d({ filters: 2, kernelSize: 2, ...kernel }) }),
    [3, 4, 2],
  ],
  attention: () => [
    quantAttention({ heads: 2, keyDimension: 2, queryKernelQuantizer: w(), keyQuantizer: kernel.inputQuantizer }),
    [4, 3],
  ],
} as const satisfies Record<string, () => readonly [LayersModel['layers'][number], readonly number[]]>;

/** Gradients of a step from weights that every backend has, after the first step has made the quantizers' state. */
async function gradients(name: keyof typeof CASES, backend: string): Promise<Record<string, number[]>> {
  await tf.setBackend(backend);
  const [layer, shape] = CASES[name]();
  const model = sequential({ layers: [layers.inputLayer({ inputShape: [...shape] }), layer] });
  const { all, trainable } = namedWeights(model);
  return tf.tidy(() => {
    for (const [i, [weight, variable]] of Object.entries(all).entries()) {
      if (!/kernel$|embeddings$/.test(weight)) continue;
      const values = Array.from({ length: variable.size }, (_, j) => Math.sin(1 + i + 1.7 * j));
      variable.assign(tf.tensor(values, variable.shape));
    }
    const size = 2 * shape.reduce((product, each) => product * each, 1);
    const values = Array.from({ length: size }, (_, i) => (name === 'embedding' ? i % 4 : Math.sin(0.3 + 2.3 * i)));
    const x = tf.tensor(values, [2, ...shape]);
    const step = () => {
      const y = model.apply(x, { training: true }) as tf.Tensor;
      const signs = Array.from({ length: y.size }, (_, i) => Math.cos(1.1 * i));
      return tf.sum(tf.mul(y, tf.tensor(signs, y.shape))) as tf.Scalar;
    };
    step();
    const { grads } = tf.variableGrads(step, Object.values(trainable));
    const found = Object.entries(trainable).map(([weight, { name: variable }]) => [
      weight,
      [...grads[variable]!.dataSync()],
    ]);
    model.dispose();
    return Object.fromEntries(found) as Record<string, number[]>;
  });
}

it.each(Object.keys(CASES) as (keyof typeof CASES)[])('%s has the same gradients on cpu and on WASM', async (name) => {
  const [cpu, wasm] = [await gradients(name, 'cpu'), await gradients(name, 'wasm')];
  const strip = (names: string[]) => names.map((each) => each.replace(/_?\d+|^[^/]*\//g, '')).sort();
  expect(strip(Object.keys(wasm))).toEqual(strip(Object.keys(cpu)));
  const [expected, actual] = [cpu, wasm].map((each) => Object.values(each).flat());
  expect(Math.max(...expected!.map(Math.abs))).toBeGreaterThan(0.01);
  actual!.forEach((value, i) =>
    expect(Math.abs(value - expected![i]!), `[${i}]`).toBeLessThan(1e-3 * (1 + Math.abs(expected![i]!))),
  );
});
