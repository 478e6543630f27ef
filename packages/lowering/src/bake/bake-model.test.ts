import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import models from '@lowbit/models-sspq';
import { createRegistry, type Quantizer } from '@lowbit/plugin-api';
import quantCore, {
  dorefaActivations,
  dorefaWeights,
  quantActivation,
  quantAttention,
  quantConv2d,
  quantConv2dTranspose,
  quantDense,
  quantDepthwiseConv2d,
  quantEmbedding,
  quantFoldedConv2d,
  quantGru,
  quantizedLayers,
  quantSeparableConv2d,
  signActivations,
  withPrecision,
  xnorActivations,
} from '@lowbit/quant-core';
import { activeShift2d, groupedShift2d, sparseShift2d } from '@lowbit/shift-ops';
import { layers, loadLayersModel, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import type { Layer } from '../layer.js';
import { free, randomize } from '../testing/models.js';
import { bakeModel } from './bake-model.js';
import { STOCK_NAMES } from './stock.js';

const registry = createRegistry([models, quantCore]);
const predicted = (model: LayersModel, x: tf.Tensor) =>
  tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync<'float32'>().slice());

function furthest(a: Float32Array, b: Float32Array): number {
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / largest;
}

/** How far a baked model, saved and loaded again, is from the one that it is of. */
async function bakedDifference(model: LayersModel, x: tf.Tensor): Promise<number> {
  const baked = bakeModel(model);
  expect(
    baked.layers.map((layer) => layer.getClassName()).filter((name) => name !== 'InputLayer' && !STOCK_NAMES.has(name)),
  ).toEqual([]);
  let artifacts: tf.io.ModelArtifacts | undefined;
  await baked.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  free(baked);
  const loaded = await loadLayersModel(tf.io.fromMemory(artifacts!));
  const far = furthest(predicted(model, x), predicted(loaded, x));
  free(loaded);
  return far;
}

const weights = { kernelQuantizer: dorefaWeights({ bits: 2 }) };
const codes = { inputQuantizer: dorefaActivations({ bits: 4 }) };
const IMAGE = [6, 5, 4];
const cases: [string, number[], () => Layer[]][] = [
  [
    'convolutions',
    IMAGE,
    () => [
      quantConv2d({ filters: 5, kernelSize: 3, padding: 'same', ...weights, ...codes }),
      layers.batchNormalization(),
      quantDepthwiseConv2d({ kernelSize: 3, ...weights, ...codes }),
    ],
  ],
  [
    'separable and transposed',
    IMAGE,
    () => [
      quantSeparableConv2d({ filters: 3, kernelSize: 3, depthwiseQuantizer: dorefaWeights({ bits: 3 }) }),
      quantConv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, ...weights }),
    ],
  ],
  ['folded', IMAGE, () => [quantFoldedConv2d({ filters: 5, kernelSize: 3, ...weights, ...codes })]],
  [
    'shifts',
    IMAGE,
    () => [activeShift2d({ seed: 1, radius: 2, stride: 2 }), sparseShift2d({ seed: 2, radius: 2 }), groupedShift2d({})],
  ],
  ['a shift of nothing', IMAGE, () => [activeShift2d({ radius: 0 })]],
  [
    'sequences',
    [5, 4],
    () => [
      layers.timeDistributed({ layer: quantDense({ units: 4, ...weights }) }),
      layers.bidirectional({ layer: quantGru({ units: 3, ...weights }) as never, mergeMode: 'concat' }),
    ],
  ],
];

describe('bakeModel', () => {
  it.each(cases)('%s', (_name, inputShape, make) =>
    leavesNoTensors(async () => {
      const model = randomize(sequential({ layers: [layers.inputLayer({ inputShape }), ...make()] }));
      const x = tf.randomNormal([3, ...inputShape], 0.3, 0.7, 'float32', 4);
      expect(await bakedDifference(model, x)).toBeLessThan(2e-6);
      x.dispose();
      free(model);
    }),
  );

  const quantizer = (name: string, bits: number, options = {}) =>
    registry.make('quantizers', { quantizer: name, bits, ...options }, 'activations') as Quantizer;
  it.each([
    ['dorefa', 1],
    ['dorefa', 4],
    ['dorefa', 8],
    ['pact', 4],
    ['lsq', 3],
    ['uniform', 4],
    ['uniform', 8],
    ['sign', 1],
    ['qil', 3],
    ['lq-nets', 3, { initial: 'data' }],
  ] as const)('activations of %s at %i bits', (name, bits, options?: object) =>
    leavesNoTensors(async () => {
      const model = sequential({
        layers: [quantActivation({ inputShape: [200], quantizer: quantizer(name, bits, options) })],
      });
      const x = tf.randomNormal([4, 200], 0.4, 1, 'float32', 5);
      for (const { layer } of quantizedLayers(model)) {
        const slot = layer.slots.get('quantizer')!;
        if (slot.calibrates) slot.calibrate([x]);
      }
      expect(await bakedDifference(model, x)).toBeLessThan(1e-6);
      x.dispose();
      free(model);
    }),
  );

  it('a whole net, and at the precision of a scope', () =>
    leavesNoTensors(async () => {
      const context = { inputShape: [8, 8, 1], classes: 10, seed: 3, registry };
      const model = randomize(registry.make('models', { model: 'l-sspq-digits' }, context) as LayersModel);
      const x = tf.randomUniform([4, 8, 8, 1], -1, 1, 'float32', 5);
      expect(await bakedDifference(model, x)).toBeLessThan(0.02);
      const float = { weights: 'float', activations: 'float' } as const;
      const baked = withPrecision(float, () => bakeModel(model));
      expect(
        furthest(
          withPrecision(float, () => predicted(model, x)),
          predicted(baked, x),
        ),
      ).toBeLessThan(2e-6);
      expect(furthest(predicted(model, x), predicted(baked, x))).toBeGreaterThan(0.05);
      free(baked);
      x.dispose();
      free(model);
    }));

  it('models inside, and layers that are used twice', () =>
    leavesNoTensors(async () => {
      const inner = sequential({
        name: 'inner',
        layers: [
          quantDense({ name: 'fc', units: 4, inputShape: [4], ...weights }),
          quantActivation({ name: 'act', quantizer: signActivations() }),
        ],
      });
      const model = sequential({ layers: [layers.inputLayer({ inputShape: [4] }), inner] });
      const x = tf.randomNormal([3, 4], 0.3, 0.7, 'float32', 4);
      const baked = bakeModel(model);
      expect(baked.layers.map(({ name }) => name)).toContain('inner/fc');
      free(baked);
      expect(await bakedDifference(model, x)).toBe(0);
      x.dispose();
      free(model);
    }));

  it.each<[string, number[], () => Layer[], RegExp]>([
    [
      'attention',
      [5, 4],
      () => [quantAttention({ name: 'a', heads: 2, keyDimension: 2 })],
      /^a layer that no stock layers make up, in layer 'a' \(QuantAttention\); lower the model/,
    ],
    [
      "XNOR-Net's K",
      IMAGE,
      () => [quantConv2d({ name: 'c', filters: 1, kernelSize: 1, inputQuantizer: xnorActivations({ scale: 'K' }) })],
      /XNOR-Net's K, in layer 'c'/,
    ],
    [
      'inside of a wrapper',
      [3, 4],
      () => [layers.timeDistributed({ name: 't', layer: quantDense({ units: 2, ...codes }) })],
      /inside of a wrapper, in layer 't'/,
    ],
    [
      'no calibration',
      [4],
      () => [quantActivation({ name: 'q', quantizer: quantizer('lsq', 4) })],
      /never calibrated, in layer 'q'/,
    ],
  ])('refuses %s', (_name, inputShape, make, message) => {
    const model = sequential({ layers: [layers.inputLayer({ inputShape }), ...make()] });
    expect(() => bakeModel(model)).toThrow(message);
    free(model);
  });

  it('an embedding', () =>
    leavesNoTensors(async () => {
      const model = sequential({
        layers: [
          quantEmbedding({
            inputDim: 5,
            outputDim: 3,
            inputLength: 4,
            embeddingsQuantizer: dorefaWeights({ bits: 2 }),
          }),
        ],
      });
      const x = tf.tensor2d([[0, 4, 2, 1]]);
      expect(await bakedDifference(model, x)).toBe(0);
      x.dispose();
      free(model);
    }));
});
