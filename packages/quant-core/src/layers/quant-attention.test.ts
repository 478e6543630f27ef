import type { Quantizer } from '@lowbit/plugin-api';
import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import {
  input,
  layers,
  loadLayersModel,
  model as functional,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  learningRateScales,
  lsqActivations,
  lsqWeights,
  modelSize,
  quantAttention,
  quantizeModel,
  withObserver,
} from '../index.js';
import { expectClose, savedModel, valuesOf } from '../testing/helpers.js';

beforeAll(() => tf.setBackend('cpu'));
afterEach(() => tf.setBackend('cpu'));

/** Multiplies, so that what it is applied to can be told from the result. */
const times = (factor: number): Quantizer => ({
  name: 'times',
  bits: 8,
  quantize: (x) => tf.mul(x, factor),
  encode: () => {
    throw new Error('not needed here');
  },
  withBits: () => times(factor),
  getConfig: () => ({}),
});

type Matrix = number[][];
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * b[k]![j]!, 0)));
const scaled = (a: Matrix, factor: number): Matrix => a.map((row) => row.map((v) => v * factor));
const transposed = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!));
const columns = (a: Matrix, from: number, size: number): Matrix => a.map((row) => row.slice(from, from + size));

/** One head after another, by loops over plain numbers; each named tensor multiplied by its factor. */
function reference(
  x: Matrix,
  context: Matrix,
  kernels: Record<'query' | 'key' | 'value' | 'output', Matrix>,
  sees: (place: number, key: number) => boolean,
  by: Partial<Record<string, number>> = {},
): Matrix {
  const factor = (name: string) => by[name] ?? 1;
  const [ofQuery, ofContext] = [scaled(x, factor('input')), scaled(context, factor('context'))];
  const heads = [0, 1].map((head) => {
    const q = scaled(
      columns(product(ofQuery, scaled(kernels.query, factor('queryKernel'))), 3 * head, 3),
      factor('query'),
    );
    const k = scaled(columns(product(ofContext, scaled(kernels.key, factor('keyKernel'))), 3 * head, 3), factor('key'));
    const v = scaled(
      columns(product(ofContext, scaled(kernels.value, factor('valueKernel'))), 2 * head, 2),
      factor('value'),
    );
    const probabilities = product(q, transposed(k)).map((row, i) => {
      const powers = row.map((score, j) => (sees(i, j) ? Math.exp(score / Math.sqrt(3)) : 0));
      const sum = powers.reduce((a, b) => a + b, 0);
      return powers.map((power) => (factor('probability') * power) / sum);
    });
    return product(probabilities, v);
  });
  const joined = heads[0]!.map((row, i) => [...row, ...heads[1]![i]!]);
  return product(scaled(joined, factor('outputInput')), scaled(kernels.output, factor('outputKernel')));
}

const sizes = { heads: 2, keyDimension: 3, valueDimension: 2, outputDimension: 4, useBias: false };
/** Numbers in [−1, 1] without a pattern that matters. */
const matrix = ([rows, size]: [number, number], seed: number): Matrix =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: size }, (_, j) => Math.sin(97 * seed + 13 * i + 7 * j)));

const X = matrix([4, 5], 1);
const CONTEXT = matrix([3, 6], 2);

/** The layer's result on X, or on X and CONTEXT, beside that of the reference. */
function compare(
  options: object,
  sees: (i: number, j: number) => boolean,
  by: Record<string, number>,
  own = true,
): void {
  const [ofX, ofContext] = [5, own ? 5 : 6];
  const kernels = {
    query: matrix([ofX, 6], 3),
    key: matrix([ofContext, 6], 4),
    value: matrix([ofContext, 4], 5),
    output: matrix([4, 4], 6),
  };
  const layer = quantAttention({ ...sizes, ...options } as never);
  const inputs = [tf.tensor3d([X]), ...(own ? [] : [tf.tensor3d([CONTEXT])])];
  const result = tf.tidy(() => {
    const given = (own ? inputs[0]! : inputs) as tf.Tensor;
    layer.apply(given);
    layer.setWeights(Object.values(kernels).map((kernel) => tf.tensor2d(kernel)));
    return layer.apply(given) as tf.Tensor;
  });
  expectClose(valuesOf(result), reference(X, own ? X : CONTEXT, kernels, sees, by).flat(), 1e-4);
  tf.dispose(inputs);
  layer.dispose();
}

const all = () => true;

describe.each(['cpu', 'wasm'])('quantAttention on %s', (backend) => {
  it('is softmax(Q·Kᵀ/√d)·V, head by head, of one sequence or of two, causal or not', async () => {
    await tf.setBackend(backend);
    await leavesNoTensors(() => {
      compare({}, all, {});
      compare({}, all, {}, false);
      compare({ causal: true }, (i, j) => j <= i, {});
    });
  });

  it.each([
    'queryKernel',
    'keyKernel',
    'valueKernel',
    'outputKernel',
    'input',
    'context',
    'query',
    'key',
    'probability',
    'value',
    'outputInput',
  ])('has a quantizer of %s', async (name) => {
    await tf.setBackend(backend);
    await leavesNoTensors(() => compare({ [`${name}Quantizer`]: times(1.5) }, all, { [name]: 1.5 }, false));
  });
});

const signed = (bits: 2 | 4 | 8) => lsqActivations({ bits, signed: true, learningRateScale: 0.5 });

describe('quantAttention', () => {
  const model = () =>
    sequential({
      layers: [
        layers.embedding({ inputDim: 7, outputDim: 6, inputLength: 5, maskZero: true }),
        quantAttention({
          name: 'attention',
          heads: 2,
          keyDimension: 3,
          causal: true,
          queryKernelQuantizer: lsqWeights({ bits: 4 }),
          outputKernelQuantizer: lsqWeights({ bits: 2 }),
          inputQuantizer: signed(8),
          queryQuantizer: signed(4),
          keyQuantizer: signed(4),
          probabilityQuantizer: lsqActivations({ bits: 8 }),
          valueQuantizer: signed(4),
        }),
        layers.globalAveragePooling1d({}),
      ],
    });

  it('trains each of its weights and steps, and survives saving', () =>
    leavesNoTensors(async () => {
      const net = model();
      const x = tf.tensor2d([
        [1, 2, 3, 4, 5],
        [6, 1, 0, 0, 0],
      ]);
      tf.tidy(() => {
        const loss = () => tf.sum(tf.square(net.apply(x, { training: true }) as tf.Tensor)) as tf.Scalar;
        const variables = net.trainableWeights.slice(1).map((weight) => weight.read() as tf.Variable);
        const { grads } = tf.variableGrads(loss, variables);
        const names = net.trainableWeights.slice(1).map(({ originalName }) => originalName.replace('attention/', ''));
        expect(names.filter((name) => name.endsWith('_step')).sort()).toEqual([
          'activations_step',
          'key_activations_step',
          'output_kernel_weights_step',
          'probability_activations_step',
          'query_activations_step',
          'value_activations_step',
          'weights_step',
        ]);
        // a bias that adds the same to all keys changes no score's place in the softmax
        const still = names.filter((_, i) => !grads[variables[i]!.name]!.dataSync().some((v) => Math.abs(v) > 1e-12));
        expect(still.filter((name) => name !== 'key_bias')).toEqual([]);
      });
      const loaded = await loadLayersModel(tf.io.fromMemory(await savedModel(net)));
      expect(valuesOf(loaded.predict(x) as tf.Tensor)).toEqual(valuesOf(net.predict(x) as tf.Tensor));
      expect(Object.keys(learningRateScales(net)).sort()).toEqual(
        ['activations', 'query_activations', 'key_activations', 'value_activations']
          .map((name) => `attention/${name}_step`)
          .sort(),
      );
      x.dispose();
      net.dispose();
      loaded.dispose();
    }));

  it('does not look at places that are masked', () =>
    leavesNoTensors(() => {
      const words = input({ shape: [4] });
      const embedded = layers.embedding({ name: 'words', inputDim: 5, outputDim: 4, maskZero: true }).apply(words);
      const net = functional({
        inputs: words,
        outputs: quantAttention({ heads: 1, keyDimension: 4 }).apply(embedded as never) as SymbolicTensor,
      });
      const x = tf.tensor2d([[1, 2, 0, 0]]);
      const before = tf.tidy(() => [...(net.predict(x) as tf.Tensor).dataSync()].slice(0, 8));
      tf.tidy(() => {
        const [table, ...rest] = net.getWeights();
        net.setWeights([
          tf.add(table!, tf.tensor2d([[9, 9, 9, 9], ...Array.from({ length: 4 }, () => [0, 0, 0, 0])])),
          ...rest,
        ]);
      });
      expectClose(tf.tidy(() => (net.predict(x) as tf.Tensor).dataSync()).slice(0, 8), before, 1e-6);
      x.dispose();
      net.dispose();
    }));

  it('is counted at its bits, and a policy finds it by its kind', () =>
    leavesNoTensors(() => {
      const net = model();
      const rows = (from: ReturnType<typeof model>) =>
        modelSize(from)
          .perLayer.filter(({ weight }) => weight.endsWith('_kernel'))
          .map(({ weight, kind, bits }) => `${weight} ${kind} ${bits}`);
      expect(rows(net)).toEqual([
        'query_kernel attention 4',
        'key_kernel attention 32',
        'value_kernel attention 32',
        'output_kernel attention 2',
      ]);
      const quantized = quantizeModel(net, [
        { kind: 'attention', weights: { quantizer: 'dorefa', bits: 3 } },
      ]) as ReturnType<typeof model>;
      expect(rows(quantized)).toEqual(['query', 'key', 'value', 'output'].map((name) => `${name}_kernel attention 3`));
      let count = 0;
      tf.tidy(
        () =>
          void withObserver(
            () => count++,
            () => quantized.predict(tf.ones([1, 5])),
          ),
      );
      expect(count).toBe(4 + 5);
      net.dispose();
      quantized.dispose();
    }));
});
