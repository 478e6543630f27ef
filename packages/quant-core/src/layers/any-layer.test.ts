import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { layers, loadLayersModel, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  dorefaWeights,
  learningRateScales,
  lsqWeights,
  modelSize,
  quantConv1d,
  quantConv2dTranspose,
  quantConv3d,
  quantDense,
  quantEmbedding,
  quantGru,
  quantLstm,
  quantSeparableConv2d,
  quantSimpleRnn,
  quantizedLayers,
  weightConstraints,
  withObserver,
} from '../index.js';
import { expectClose, savedModel, valuesOf } from '../testing/helpers.js';

type Layer = LayersModel['layers'][number];

const quantizer = dorefaWeights({ bits: 2 });
const recurrent = { kernelQuantizer: quantizer, recurrentQuantizer: quantizer };

/** A quantized layer, the stock one, the shape of an input, and how many of the first weights are quantized. */
const CASES: Record<string, () => readonly [Layer, Layer, number[], number]> = {
  conv1d: () => [
    quantConv1d({ filters: 4, kernelSize: 3, padding: 'same', kernelQuantizer: quantizer }),
    layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same' }),
    [7, 3],
    1,
  ],
  conv3d: () => [
    quantConv3d({ filters: 2, kernelSize: 2, kernelQuantizer: quantizer }),
    layers.conv3d({ filters: 2, kernelSize: 2 }),
    [3, 4, 3, 2],
    1,
  ],
  conv2dTranspose: () => [
    quantConv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', kernelQuantizer: quantizer }),
    layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
    [3, 3, 2],
    1,
  ],
  separableConv2d: () => [
    quantSeparableConv2d({
      filters: 4,
      kernelSize: 3,
      depthMultiplier: 2,
      depthwiseQuantizer: quantizer,
      pointwiseQuantizer: quantizer,
    }),
    layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2 }),
    [5, 5, 3],
    2,
  ],
  lstm: () => [
    quantLstm({ units: 3, returnSequences: true, ...recurrent }),
    layers.lstm({ units: 3, returnSequences: true }),
    [4, 2],
    2,
  ],
  gru: () => [quantGru({ units: 3, ...recurrent }), layers.gru({ units: 3 }), [4, 2], 2],
  simpleRNN: () => [
    quantSimpleRnn({ units: 3, goBackwards: true, ...recurrent }),
    layers.simpleRNN({ units: 3, goBackwards: true }),
    [4, 2],
    2,
  ],
};

const modelOf = (layer: Layer, inputShape: number[]) =>
  sequential({ layers: [layers.inputLayer({ inputShape }), layer] });

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));
  afterAll(() => tf.setBackend('cpu'));

  it.each(Object.keys(CASES))('a quantized %s computes what the stock layer computes on quantized weights', (name) =>
    leavesNoTensors(() => {
      const [ours, stock, shape, quantized] = CASES[name]!();
      const models = [modelOf(ours, shape), modelOf(stock, shape)];
      const x = tf.randomNormal([2, ...shape], 0, 1, 'float32', 1);
      tf.tidy(() => {
        const weights = models[0]!.getWeights();
        models[1]!.setWeights(weights.map((w, i) => (i < quantized ? quantizer.quantize(w) : w)));
        const [actual, expected] = models.map((model) => [...(model.predict(x) as tf.Tensor).dataSync()]);
        expect(actual).toEqual(expected);
      });
      x.dispose();
      models.forEach((model) => model.dispose());
    }),
  );

  it('an embedding looks up words in a quantized table, each word with a step of its own', () =>
    leavesNoTensors(() => {
      const embeddingsQuantizer = lsqWeights({ bits: 3, granularity: 'channel' });
      const layer = quantEmbedding({ inputDim: 5, outputDim: 4, embeddingsQuantizer });
      const model = modelOf(layer, [2]);
      tf.tidy(() => {
        const table = tf.randomNormal([5, 4], 0, 1, 'float32', 3);
        const step = tf.tensor1d([0.1, 0.2, 0.3, 0.4, 0.5]);
        layer.setWeights([table, step, tf.scalar(1)]);
        const rows = model.predict(tf.tensor2d([[4, 1]])) as tf.Tensor;
        const expected = [...table.dataSync()].map((value, i) => {
          const s = step.dataSync()[Math.floor(i / 4)]!;
          return s * Math.max(-4, Math.min(3, Math.round(value / s)));
        });
        expectClose(rows.dataSync(), [...expected.slice(16, 20), ...expected.slice(4, 8)]);
      });
      model.dispose();
    }));
});

/** What the stock layers leave undefined is null once it was saved. */
const configsOf = ({ layers }: LayersModel): unknown =>
  JSON.parse(
    JSON.stringify(
      layers.map((layer) => layer.getConfig()),
      (_, value: unknown) => value ?? null,
    ),
  );

it.each(Object.keys(CASES))('a quantized %s survives model.save and loadLayersModel', (name) =>
  leavesNoTensors(async () => {
    const [ours, , shape] = CASES[name]!();
    const model = modelOf(ours, shape);
    const x = tf.randomNormal([2, ...shape], 0, 1, 'float32', 5);
    const loaded = await loadLayersModel(tf.io.fromMemory(await savedModel(model)));
    expect(valuesOf(loaded.predict(x) as tf.Tensor)).toEqual(valuesOf(model.predict(x) as tf.Tensor));
    expect(configsOf(loaded)).toEqual(configsOf(model));
    x.dispose();
    model.dispose();
    loaded.dispose();
  }),
);

describe('recurrent layers', () => {
  const steps = { kernelQuantizer: lsqWeights({ bits: 2, learningRateScale: 0.5 }), recurrentQuantizer: quantizer };

  it('quantize their matrices once for a sequence, however long', () =>
    leavesNoTensors(() => {
      const model = modelOf(quantLstm({ units: 3, ...recurrent }), [9, 2]);
      let count = 0;
      tf.tidy(
        () =>
          void withObserver(
            () => count++,
            () => model.predict(tf.ones([1, 9, 2])),
          ),
      );
      expect(count).toBe(2);
      model.dispose();
    }));

  it('give their states after their output, and take them', () =>
    leavesNoTensors(() => {
      const layer = quantGru({ units: 3, returnState: true, ...recurrent });
      tf.tidy(() => {
        const [x, state] = [tf.ones([2, 4, 2]), tf.ones([2, 3])];
        const [output, last] = layer.apply(x, { initialState: [state] }) as unknown as tf.Tensor[];
        expect(output!.shape).toEqual([2, 3]);
        expect([...last!.dataSync()]).toEqual([...output!.dataSync()]);
      });
      layer.dispose();
    }));

  it('hold the state of their quantizers, and tell its penalty', () =>
    leavesNoTensors(() => {
      const decaying = lsqWeights({ bits: 2 });
      const kernelQuantizer = { ...decaying, state: [{ ...decaying.state![0]!, decay: 0.5 }] };
      const layer = quantLstm({ name: 'lstm', units: 3, kernelQuantizer, recurrentQuantizer: lsqWeights({ bits: 2 }) });
      const model = modelOf(layer, [4, 2]);
      expect(model.trainableWeights.map(({ originalName }) => originalName)).toEqual(
        ['kernel', 'recurrent_kernel', 'bias', 'weights_step', 'recurrent_kernel_weights_step'].map((w) => `lstm/${w}`),
      );
      tf.tidy(() => {
        const penalty = layer.calculateLosses().map((loss) => loss.dataSync()[0]!);
        expect(penalty).toEqual([0.25]); // λ·step²/2 at the step 1 that it has before data
        const { grads } = tf.variableGrads(
          () => tf.sum(model.apply(tf.ones([2, 4, 2]), { training: true }) as tf.Tensor) as tf.Scalar,
        );
        expect(Object.keys(grads)).toHaveLength(5);
      });
      expect(quantizedLayers(model)[0]!.layer.slots.get('recurrentQuantizer')!.calibrated).toBe(true);
      model.dispose();
    }));

  it('are counted at their bits, both halves of a bidirectional one', () =>
    leavesNoTensors(() => {
      const model = modelOf(
        layers.bidirectional({
          name: 'both',
          layer: quantLstm({ name: 'lstm', units: 3, ...steps }),
          mergeMode: 'concat',
        }),
        [4, 2],
      );
      const rows = modelSize(model).perLayer.map(({ layer, weight, kind, count, bits }) => [
        layer,
        weight,
        kind,
        count,
        bits,
      ]);
      const half = (name: string) => [
        [name, 'kernel', 'recurrent', 24, 2],
        [name, 'recurrent_kernel', 'recurrent', 36, 2],
        [name, 'bias', 'recurrent', 12, 32],
        [name, 'weights_step', 'quantizer', 1, 32],
      ];
      expect(rows).toEqual([...half('both/forward_lstm'), ...half('both/backward_lstm')]);
      expect(learningRateScales(model)).toEqual({
        'both/forward_lstm/weights_step': 0.5,
        'both/backward_lstm/weights_step': 0.5,
      });
      expect(Object.keys(weightConstraints(model))).toEqual(Object.keys(learningRateScales(model)));
      model.dispose();
    }));
});

it('a bidirectional layer and one for each time step survive saving', () =>
  leavesNoTensors(async () => {
    const model = sequential({
      layers: [
        layers.timeDistributed({
          inputShape: [4, 5],
          layer: quantDense({ units: 2, kernelQuantizer: lsqWeights({ bits: 2 }) }),
        }),
        layers.bidirectional({ layer: quantGru({ units: 3, ...recurrent }), mergeMode: 'sum' }),
      ],
    });
    const x = tf.randomNormal([2, 4, 5], 0, 1, 'float32', 5);
    const loaded = await loadLayersModel(tf.io.fromMemory(await savedModel(model)));
    expect(valuesOf(loaded.predict(x) as tf.Tensor)).toEqual(valuesOf(model.predict(x) as tf.Tensor));
    x.dispose();
    model.dispose();
    loaded.dispose();
  }));

it('kernels of each kind are counted at the bits of their quantizers', () =>
  leavesNoTensors(() => {
    const separable = quantSeparableConv2d({
      filters: 4,
      kernelSize: 3,
      depthwiseQuantizer: lsqWeights({ bits: 8, granularity: 'channel' }),
      pointwiseQuantizer: quantizer,
    });
    const model = modelOf(separable, [5, 5, 3]);
    expect(
      modelSize(model).perLayer.map(({ weight, kind, count, bits, trainable }) => [
        weight,
        kind,
        count,
        bits,
        trainable,
      ]),
    ).toEqual([
      ['depthwise_kernel', 'depthwise', 27, 8, true],
      ['pointwise_kernel', 'pointwise', 12, 2, true],
      ['bias', 'pointwise', 4, 32, true],
      ['weights_step', 'quantizer', 3, 32, true],
    ]);
    model.dispose();
  }));

it('a step for each output channel of a transposed convolution', () =>
  leavesNoTensors(() => {
    const layer = quantConv2dTranspose({
      filters: 4,
      kernelSize: 3,
      kernelQuantizer: lsqWeights({ bits: 2, granularity: 'channel' }),
    });
    const model = modelOf(layer, [3, 3, 2]);
    expect(layer.slots.get('kernelQuantizer')!.state()['step']!.shape).toEqual([4]);
    model.dispose();
  }));

it('the indices that an embedding is given are not quantized', () => {
  const args = { name: 'words', inputDim: 5, outputDim: 4, inputQuantizer: { quantizer: 'dorefa', bits: 2 } };
  expect(() => quantEmbedding(args)).toThrow(/indices, which cannot be quantized, in layer 'words'/);
});
