import { createRegistry, definePlugin, type Quantizer } from '@lowbit/plugin-api';
import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import plugin, {
  dorefaActivations,
  dorefaWeights,
  learningRateScales,
  modelSize,
  quantActivation,
  quantConv2d,
  quantDense,
  quantDepthwiseConv2d,
  useRegistry,
  withPrecision,
} from '../index.js';
import { savedModel, valuesOf } from '../testing/helpers.js';

function network(): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({
        name: 'stem',
        inputShape: [6, 6, 2],
        filters: 3,
        kernelSize: 3,
        padding: 'same',
        useBias: false,
      }),
      layers.batchNormalization({ name: 'bn' }),
      quantActivation({ name: 'act', quantizer: { quantizer: 'dorefa', bits: 4 } }),
      quantDepthwiseConv2d({ name: 'dw', kernelSize: 3, kernelQuantizer: dorefaWeights({ bits: 3 }) }),
      quantConv2d({
        name: 'pw',
        filters: 5,
        kernelSize: 1,
        useBias: false,
        kernelQuantizer: dorefaWeights({ bits: 1 }),
      }),
      quantConv2d({
        name: 'conv',
        filters: 2,
        kernelSize: [3, 2],
        activation: 'relu',
        kernelQuantizer: { quantizer: 'dorefa', bits: 2 },
      }),
      layers.flatten(),
      quantDense({ name: 'fc', units: 3, kernelQuantizer: dorefaWeights({ bits: 8 }) }),
    ],
  });
}

/** PACT-like: a learned clip, to exercise a quantizer's state. */
const clip = (bits: Quantizer['bits']): Quantizer => ({
  name: 'learned-clip',
  bits,
  state: [{ name: 'alpha', shape: () => [], initial: 0.75, trainable: true, learningRateScale: 0.01 }],
  quantize: (x, context) => tf.sub(tf.relu(x), tf.relu(tf.sub(x, context!.state!['alpha']!))),
  encode: () => {
    throw new Error('not needed here');
  },
  withBits: clip,
  getConfig: () => ({ bits }),
});

describe('quantized layers', () => {
  it('compute what the stock layer computes on the quantized kernel', () =>
    leavesNoTensors(() => {
      const quantizer = dorefaWeights({ bits: 2 });
      const pairs = [
        [
          quantConv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', kernelQuantizer: quantizer }),
          layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
        ],
        [
          quantDepthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, kernelQuantizer: quantizer }),
          layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
        ],
        [
          quantDense({ units: 3, activation: 'tanh', kernelQuantizer: quantizer }),
          layers.dense({ units: 3, activation: 'tanh' }),
        ],
      ] as const;
      const x = tf.randomNormal([2, 5, 5, 3], 0, 1, 'float32', 1);
      for (const [ours, stock] of pairs) {
        const models = [ours, stock].map((layer) =>
          sequential({ layers: [layers.inputLayer({ inputShape: [5, 5, 3] }), layer] }),
        );
        tf.tidy(() => {
          const weights = models[0]!.getWeights();
          models[1]!.setWeights(weights.map((w, i) => (i === 0 ? quantizer.quantize(w) : w)));
          const [actual, expected] = models.map((model) => [...(model.predict(x) as tf.Tensor).dataSync()]);
          expect(actual).toEqual(expected);
        });
        models.forEach((model) => model.dispose());
      }
      x.dispose();
    }));

  it('give gradients to the float kernel through the quantizer', () => {
    const model = sequential({
      layers: [quantDense({ inputShape: [2], units: 1, useBias: false, kernelQuantizer: dorefaWeights({ bits: 1 }) })],
    });
    const x = tf.tensor2d([[3, -5]]);
    const { value, grads } = tf.variableGrads(() => tf.sum(model.apply(x) as tf.Tensor) as tf.Scalar);
    expect(valuesOf(Object.values(grads)[0]!)).toEqual([3, -5]);
    tf.dispose([value, x]);
    model.dispose();
  });

  it('survive model.save and loadLayersModel bit for bit', () =>
    leavesNoTensors(async () => {
      const model = network();
      const x = tf.randomNormal([2, 6, 6, 2], 0, 1, 'float32', 5);
      const artifacts = await savedModel(model);
      const loaded = await loadLayersModel(tf.io.fromMemory(artifacts));
      expect(valuesOf(loaded.predict(x) as tf.Tensor)).toEqual(valuesOf(model.predict(x) as tf.Tensor));
      expect(loaded.layers.map((layer) => layer.getConfig())).toEqual(model.layers.map((layer) => layer.getConfig()));
      x.dispose();
      model.dispose();
      loaded.dispose();
    }));

  it('print a summary', () => {
    const lines: string[] = [];
    const model = network();
    model.summary(undefined, undefined, (line) => lines.push(line));
    expect(lines.join('\n')).toMatch(/pw \(QuantConv2D\)\s+\[\[null,4,4,3\]\]\s+\[null,4,4,5\]\s+15/);
    model.dispose();
  });

  it('find quantizers of a plugin only in a registry that has it', async () => {
    const model = sequential({ layers: [quantActivation({ inputShape: [2], quantizer: clip(4) })] });
    const artifacts = await savedModel(model);
    await expect(loadLayersModel(tf.io.fromMemory(artifacts))).rejects.toThrow(/unknown quantizer 'learned-clip'/);
    const author = definePlugin({
      name: 'author',
      apiVersion: 1,
      quantizers: { 'learned-clip': ({ bits }: { bits: Quantizer['bits'] }) => clip(bits) },
    });
    const before = useRegistry(createRegistry([plugin, author]));
    try {
      const loaded = await loadLayersModel(tf.io.fromMemory(artifacts));
      const out = loaded.predict(tf.tensor2d([[0.5, 2]])) as tf.Tensor;
      expect([...out.dataSync()]).toEqual([0.5, 0.75]);
    } finally {
      useRegistry(before);
    }
  });

  it("make a quantizer's state a weight of the layer, trained and scaled", () => {
    const model = sequential({
      layers: [
        quantActivation({ name: 'act', inputShape: [3], quantizer: clip(4) }),
        quantDense({ name: 'fc', units: 1, kernelQuantizer: clip(2), useBias: false }),
      ],
    });
    expect(model.trainableWeights.map((weight) => weight.originalName)).toEqual([
      'act/activations_alpha',
      'fc/kernel',
      'fc/weights_alpha',
    ]);
    expect(learningRateScales(model)).toEqual({ 'act/activations_alpha': 0.01, 'fc/weights_alpha': 0.01 });
    const { grads } = tf.variableGrads(() => tf.sum(model.apply(tf.tensor2d([[0.5, 2, 3]])) as tf.Tensor) as tf.Scalar);
    expect(Object.keys(grads).length).toBe(3);
    model.dispose();
  });

  it.each([
    [{ quantizer: 'dorefa', bits: 9 }, /bits must be a whole number from 1 to 8.*layer 'pw' \(weights\).*received 9/],
    [{ quantizer: 'dorefa', bit: 2 }, /bits must be|unknown key 'bit'/],
    [{ quantizer: 'dorfa', bits: 2 }, /unknown quantizer 'dorfa', in layer 'pw' \(weights\); did you mean 'dorefa'\?/],
  ])('refuse %j', (kernelQuantizer, message) => {
    expect(() => quantConv2d({ name: 'pw', filters: 1, kernelSize: 1, kernelQuantizer })).toThrow(message);
  });
});

describe('modelSize', () => {
  it('counts each weight at the bits that it is stored at', () => {
    const model = network();
    const size = modelSize(model);
    const rows = size.perLayer.map(({ layer, weight, kind, count, bits }) => [layer, weight, kind, count, bits]);
    expect(rows).toEqual([
      ['stem', 'kernel', 'conv', 54, 32],
      ['bn', 'gamma', 'batch-norm', 3, 32],
      ['bn', 'beta', 'batch-norm', 3, 32],
      ['dw', 'depthwise_kernel', 'depthwise', 27, 3],
      ['dw', 'bias', 'depthwise', 3, 32],
      ['pw', 'kernel', 'pointwise', 15, 1],
      ['conv', 'kernel', 'conv', 60, 2],
      ['conv', 'bias', 'conv', 2, 32],
      ['fc', 'kernel', 'dense', 36, 8],
      ['fc', 'bias', 'dense', 3, 32],
    ]);
    const bits = (54 + 3 + 3 + 3 + 2 + 3) * 32 + 27 * 3 + 15 + 60 * 2 + 36 * 8;
    expect(size).toMatchObject({ parameters: 206, bits, bytes: Math.ceil(bits / 8) });
    expect(modelSize(model, { movingStatistics: true }).parameters).toBe(212);
    expect(withPrecision({ weights: 'float' }, () => modelSize(model)).bits).toBe(206 * 32);
    model.layers.forEach((layer) => (layer.trainable = false));
    expect(modelSize(model).parameters).toBe(206);
    model.dispose();
  });
});

describe('layers of a model inside of another, and in a wrapper,', () => {
  const kernelQuantizer = dorefaWeights({ bits: 1 });
  const dense = (name: string) => quantDense({ name, units: 4, useBias: false, kernelQuantizer });
  const nested = () =>
    sequential({
      layers: [
        layers.inputLayer({ inputShape: [5, 3] }),
        sequential({
          name: 'inner',
          layers: [
            layers.inputLayer({ inputShape: [5, 3] }),
            layers.timeDistributed({ name: 'each', layer: dense('a') }),
          ],
        }),
        layers.flatten({ name: 'flat' }),
        dense('b'),
      ],
    });

  it('are counted at their bits', () => {
    const model = nested();
    const rows = modelSize(model).perLayer.map(({ layer, kind, count, bits }) => [layer, kind, count, bits]);
    expect(rows).toEqual([
      ['inner/each', 'dense', 12, 1],
      ['b', 'dense', 80, 1],
    ]);
    model.dispose();
  });

  it('have their learning-rate scales', () => {
    const model = nested();
    const { layers: within } = model.layers.find(({ name }) => name === 'inner') as LayersModel;
    Object.assign((within.at(-1) as unknown as { layer: object }).layer, {
      learningRateScales: () => ({ step: 0.01 }),
    });
    expect(learningRateScales(model)).toEqual({ 'inner/each/step': 0.01 });
    model.dispose();
  });
});

it('a quantizer of gradients can have no state', () => {
  const stateful = {
    ...dorefaWeights({ bits: 2 }),
    state: [{ name: 's', initial: 1, trainable: true, shape: () => [] }],
  };
  expect(() => quantDense({ name: 'd', units: 1, gradientQuantizer: stateful as Quantizer })).toThrow(
    "a quantizer of gradients can have no state, in layer 'd'",
  );
});

it('an activation layer keeps shape and values on its grid', () =>
  leavesNoTensors(() => {
    const layer = quantActivation({ quantizer: dorefaActivations({ bits: 2 }) });
    const out = tf.tidy(() => layer.apply(tf.tensor3d([[[0.1], [0.9]]])) as tf.Tensor);
    expect(out.shape).toEqual([1, 2, 1]);
    expect(valuesOf(out)).toEqual([0, 1]);
  }));
