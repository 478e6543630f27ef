import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  input,
  layers,
  loadLayersModel,
  model as functional,
  sequential,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import '@tensorflow/tfjs-backend-wasm';
import {
  batchNorm,
  BatchNorm,
  conv2d,
  Conv2D,
  modelSize,
  quantizedLayers,
  quantizeModel,
  quantLstm,
  relu,
  Relu,
  withFusion,
  withPrecision,
  type Policy,
} from '../index.js';
import { savedModel, valuesOf } from '../testing/helpers.js';
import { kernelNames } from '../testing/kernels.js';

beforeAll(() => tf.setBackend('cpu'));

const conv = (name: string, kernelSize: number, filters = 4) =>
  layers.conv2d({ name, kernelSize, filters, padding: 'same' });

/** A residual net with a model inside that is used twice. */
function residual(): LayersModel {
  const x = input({ shape: [4, 4, 3] });
  const inner = sequential({
    name: 'inner',
    layers: [
      layers.inputLayer({ inputShape: [4, 4, 4] }),
      conv('a', 3),
      layers.batchNormalization({ name: 'bn' }),
      layers.reLU({ name: 'relu' }),
      layers.depthwiseConv2d({ name: 'dw', kernelSize: 3, padding: 'same' }),
    ],
  });
  const stem = conv('stem', 3).apply(x) as SymbolicTensor;
  const shortcut = conv('shortcut', 1).apply(stem) as SymbolicTensor;
  const twice = inner.apply(inner.apply(stem) as SymbolicTensor) as SymbolicTensor;
  const sum = layers.add({ name: 'sum' }).apply([shortcut, twice]) as SymbolicTensor;
  const out = layers.dense({ name: 'fc', units: 2 }).apply(layers.flatten({ name: 'flat' }).apply(sum));
  return functional({ name: 'net', inputs: x, outputs: out as SymbolicTensor });
}

// TF.js leaves the weights of a model inside of another when it disposes of the outer one
const free = (model: LayersModel) => model.weights.forEach((weight) => weight.dispose());

const bitsOf = (model: LayersModel) =>
  Object.fromEntries(
    quantizedLayers(model).map(({ path, layer }) => [
      path,
      Object.fromEntries([...layer.slots].map(([option, { quantizer }]) => [option, quantizer.bits])),
    ]),
  );

const lsq = (bits: number) => ({ quantizer: 'lsq', bits });

describe('quantizeModel', () => {
  it('gives first and last float, shortcuts 8 bits, the rest 2', () =>
    leavesNoTensors(() => {
      const model = residual();
      const quantized = quantizeModel(model, [
        { weights: lsq(2), activations: lsq(2) },
        { pattern: 'shortcut', bits: 8 },
        { position: ['first', 'last'], bits: 'float' },
      ]);
      const both = (bits: number) => ({ kernelQuantizer: bits, inputQuantizer: bits });
      expect(bitsOf(quantized)).toEqual({ shortcut: both(8), 'inner/a': both(2), 'inner/dw': both(2) });
      expect(quantized.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
      free(model);
      free(quantized);
    }));

  it('keeps layers of ours beside stock ones, saved under the same names as before', () =>
    leavesNoTensors(() => {
      const model = sequential({
        layers: [
          conv2d({ name: 'stem', kernelSize: 1, filters: 2, inputShape: [2, 2, 3] }),
          sequential({
            name: 'inner',
            layers: [
              batchNorm({ name: 'own', inputShape: [2, 2, 2], epsilon: 0.25, betaInitializer: 'ones' }),
              layers.batchNormalization({ name: 'stock' }),
              layers.timeDistributed({ layer: relu({ name: 'own-relu' }), name: 'each' }),
              layers.reLU({ name: 'stock-relu' }),
            ],
          }),
          conv('rest', 1),
        ],
      });
      const quantized = quantizeModel(model, [{ weights: lsq(2) }, { position: 'first', bits: 'float' }]);
      const inner = (quantized.getLayer('inner') as LayersModel).layers;
      expect(quantized.getLayer('stem').constructor).toBe(Conv2D);
      expect(inner.map((layer) => layer instanceof BatchNorm)).toEqual([true, false, false, false]);
      expect((inner[2] as unknown as { layer: unknown }).layer).toBeInstanceOf(Relu);
      expect(inner[3]).not.toBeInstanceOf(Relu);
      expect(inner[0]!.getConfig()).toMatchObject({ epsilon: 0.25, betaInitializer: { className: 'Ones' } });
      expect(JSON.stringify(quantized.getConfig())).not.toContain('@lowbit');
      expect(quantized.layers.map((layer) => layer.getClassName())).toEqual(['Conv2D', 'Sequential', 'QuantConv2D']);
      free(model);
      free(quantized);
    }));

  it('keeps what is fused', async () => {
    await tf.setBackend('wasm');
    await leavesNoTensors(async () => {
      const model = sequential({
        layers: [
          conv2d({ name: 'conv', kernelSize: 1, filters: 4, useBias: false, inputShape: [2, 2, 4] }),
          batchNorm({ name: 'bn' }),
          relu({ name: 'relu' }),
        ],
      });
      const quantized = quantizeModel(model, [{ weights: lsq(2) }]);
      const x = tf.ones([2, 2, 2, 4]);
      const fused = (each: LayersModel) =>
        kernelNames(() => withFusion(each, () => each.apply(x, { training: true }) as tf.Tensor));
      expect(await fused(model)).toContain('BatchNormClipQuantize');
      expect(await fused(quantized)).toContain('BatchNormClipQuantize');
      x.dispose();
      model.dispose();
      quantized.dispose();
    });
    await tf.setBackend('cpu');
  });

  it('keeps the weights: at float the model is the one that it was made of', () =>
    leavesNoTensors(() => {
      const model = residual();
      const quantized = quantizeModel(model, [{ weights: lsq(3), gradients: { quantizer: 'dorefa', bits: 4 } }]);
      const x = tf.randomNormal([2, 4, 4, 3], 0, 1, 'float32', 7);
      const expected = valuesOf(model.predict(x) as tf.Tensor);
      const float = withPrecision({ weights: 'float' }, () => quantized.predict(x) as tf.Tensor);
      expect(valuesOf(float)).toEqual(expected);
      expect(valuesOf(quantized.predict(x) as tf.Tensor)).not.toEqual(expected);
      x.dispose();
      free(model);
      free(quantized);
    }));

  it('makes the state of weight quantizers from the weights, that of activations not yet', () =>
    leavesNoTensors(() => {
      const model = residual();
      const quantized = quantizeModel(model, [{ weights: lsq(4), activations: lsq(4) }]);
      for (const { path, layer } of quantizedLayers(quantized)) {
        const slot = layer.slots.get('kernelQuantizer')!;
        const [w] = layer.weights;
        const mean = tf.tidy(() => tf.mean(tf.abs(w!.read())).dataSync()[0]!);
        // s = 2·mean|w|/√Qp
        expect(slot.state()['step']!.dataSync()[0], path).toBeCloseTo((2 * mean) / Math.sqrt(7), 6);
        expect([slot.calibrated, layer.slots.get('inputQuantizer')!.calibrated]).toEqual([true, false]);
      }
      free(model);
      free(quantized);
    }));

  it('matches by name, kind and position, the later rule first', () =>
    leavesNoTensors(() => {
      const model = residual();
      const bits = (policy: Policy) => {
        const quantized = quantizeModel(model, policy);
        const found = Object.entries(bitsOf(quantized)).map(([path, { kernelQuantizer }]) => [path, kernelQuantizer]);
        free(quantized);
        return Object.fromEntries(found) as object;
      };
      expect(bits([{ kind: 'conv', weights: lsq(2) }])).toEqual({ stem: 2, 'inner/a': 2 });
      expect(bits([{ kind: ['pointwise', 'dense'], weights: lsq(2) }])).toEqual({ shortcut: 2, fc: 2 });
      expect(bits([{ name: ['fc', 'inner/dw'], weights: lsq(2) }])).toEqual({ 'inner/dw': 2, fc: 2 });
      expect(bits([{ position: [0, -2], weights: lsq(2) }])).toEqual(
        bits([{ name: ['stem', 'shortcut'], weights: lsq(2) }]),
      );
      expect(
        bits([
          { weights: lsq(2) },
          { kind: 'conv', weights: 'float' },
          { name: 'stem', weights: { quantizer: 'dorefa', bits: 1 } },
        ]),
      ).toEqual({ stem: 1, shortcut: 2, 'inner/dw': 2, fc: 2 });
      expect(bits([{ pattern: '^inner/', kind: 'depthwise', weights: lsq(5) }])).toEqual({ 'inner/dw': 5 });
      free(model);
    }));

  it('reaches into wrappers, and saves what it made', () =>
    leavesNoTensors(async () => {
      const model = sequential({
        layers: [
          layers.embedding({ name: 'words', inputDim: 9, outputDim: 4, inputLength: 5 }),
          layers.timeDistributed({ name: 'each', layer: layers.dense({ name: 'd', units: 3 }) }),
          layers.bidirectional({
            name: 'both',
            layer: quantLstm({ name: 'lstm', units: 2 }),
            mergeMode: 'concat',
          }),
          layers.dense({ name: 'out', units: 1 }),
        ],
      });
      const quantized = quantizeModel(model, [{ weights: lsq(4) }, { kind: 'recurrent', bits: 3 }]);
      expect(bitsOf(quantized)).toEqual({
        words: { embeddingsQuantizer: 4 },
        each: { kernelQuantizer: 4 },
        'both/forward_lstm': { kernelQuantizer: 3, recurrentQuantizer: 3 },
        'both/backward_lstm': { kernelQuantizer: 3, recurrentQuantizer: 3 },
        out: { kernelQuantizer: 4 },
      });
      const x = tf.tensor2d([[1, 2, 3, 4, 8]]);
      const float = withPrecision({ weights: 'float' }, () => quantized.predict(x) as tf.Tensor);
      expect(valuesOf(float)).toEqual(valuesOf(model.predict(x) as tf.Tensor));
      const loaded = await loadLayersModel(tf.io.fromMemory(await savedModel(quantized)));
      expect(valuesOf(loaded.predict(x) as tf.Tensor)).toEqual(valuesOf(quantized.predict(x) as tf.Tensor));
      x.dispose();
      for (const each of [model, quantized, loaded]) free(each);
    }));

  it('gives a quantized model other quantizers, and keeps the state of those that stay', () =>
    leavesNoTensors(() => {
      const model = residual();
      const first = quantizeModel(model, [{ weights: lsq(4) }]);
      const stem = quantizedLayers(first).find(({ path }) => path === 'stem')!.layer;
      stem.slots.get('kernelQuantizer')!.setState({ step: tf.scalar(0.125) });
      const second = quantizeModel(first, [{ name: 'fc', weights: { quantizer: 'dorefa', bits: 1 } }]);
      expect(bitsOf(second)).toEqual({ ...bitsOf(first), fc: { kernelQuantizer: 1 } });
      const kept = quantizedLayers(second).find(({ path }) => path === 'stem')!.layer;
      expect([...kept.slots.get('kernelQuantizer')!.state()['step']!.dataSync()]).toEqual([0.125]);
      for (const each of [model, first, second]) free(each);
    }));

  it('leaves a model in a wrapper as it is', () =>
    leavesNoTensors(() => {
      const twins = sequential({
        layers: [layers.dense({ name: 'a', units: 2, inputShape: [2] }), layers.dense({ name: 'b', units: 2 })],
      });
      const model = sequential({
        layers: [
          layers.timeDistributed({ name: 'each', layer: twins, inputShape: [3, 2] }),
          layers.dense({ name: 'out', units: 1 }),
        ],
      });
      const quantized = quantizeModel(model, [{ weights: lsq(4) }]);
      expect(Object.keys(bitsOf(quantized))).toEqual(['out']);
      const x = tf.ones([1, 3, 2]);
      const float = withPrecision({ weights: 'float' }, () => quantized.predict(x) as tf.Tensor);
      expect(valuesOf(float)).toEqual(valuesOf(model.predict(x) as tf.Tensor));
      x.dispose();
      free(model);
      free(quantized);
    }));

  it('counts what the policy saves', () => {
    const model = sequential({ layers: [layers.dense({ units: 8, inputShape: [8], useBias: false })] });
    const quantized = quantizeModel(model, [{ weights: { quantizer: 'dorefa', bits: 1 } }]);
    expect([model, quantized].map((each) => modelSize(each).bytes)).toEqual([256, 8]);
  });

  it.each<[unknown, RegExp]>([
    [[], /the policy quantizes nothing, in policy, received \[\]; give it a rule/],
    [[{ weights: 'float' }], /the policy quantizes nothing/],
    [
      [{ name: 'stm', weights: lsq(2) }],
      /a rule that matches no layer, in policy\[0\], received \{"name":"stm"\}; the layers are stem \(conv\), inner\/a \(conv\), inner/,
    ],
    [[{ position: 9, weights: lsq(2) }], /matches no layer/],
    [
      [{ bits: 8 }, { weights: lsq(2) }],
      /bits for layers that no rule has given a quantizer yet, in policy\[0\]\.bits, received 8; put the rule after/,
    ],
    [[{ weights: lsq(2), bits: 9 }], /bits must be a whole number from 1 to 8/],
    [
      [{ weights: { quantizer: 'lqs', bits: 2 } }],
      /unknown quantizer 'lqs', in policy\[0\]\.weights; did you mean 'lsq'/,
    ],
    [[{ gradients: lsq(2) }], /quantizer 'lsq' is not made for gradients/],
    [[{ pattern: '(', weights: lsq(2) }], /in policy\[0\]\.pattern, received '\('/],
    [[{ kind: 'convolution', weights: lsq(2) }], /a kind is one of conv, pointwise/],
    [[{ wieghts: lsq(2) }], /unknown key 'wieghts', in policy at 0.*did you mean 'weights'/],
  ])('refuses %j', (policy, message) =>
    leavesNoTensors(() => {
      const model = residual();
      expect(() => quantizeModel(model, policy as Policy)).toThrow(message);
      free(model);
    }),
  );

  it('refuses weights that hold NaN, and a model without layers', () =>
    leavesNoTensors(() => {
      const model = residual();
      tf.tidy(() => model.getLayer('fc').setWeights([tf.fill([64, 2], NaN), tf.zeros([2])]));
      expect(() => quantizeModel(model, [{ weights: lsq(2) }])).toThrow(
        /the weights hold NaN or an infinity, in layer 'fc', weight 'kernel'; find the step/,
      );
      free(model);
      expect(() => quantizeModel(sequential({ name: 'later' }), [{ weights: lsq(2) }])).toThrow(
        /without layers.*model 'later'; give it layers/,
      );
    }));

  it('takes specs as a config writes them, of any granularity', () => {
    const model = residual();
    const weights = { quantizer: 'lsq', bits: 4, granularity: 'channel' };
    const quantized = quantizeModel(model, JSON.parse(JSON.stringify([{ weights }])) as Policy);
    const shapes = quantizedLayers(quantized).map(
      ({ layer }) => layer.slots.get('kernelQuantizer')!.state()['step']!.shape,
    );
    expect(shapes).toEqual([[4], [4], [4], [4], [2]]);
  });
});
