import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layers, model, input, sequential, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  learningRateScales,
  lsqWeights,
  quantConv2dTranspose,
  quantDense,
  quantGru,
  quantLstm,
  weightConstraints,
} from '@lowbit/quant-core';
import { loadWeights, namedWeights, readVariables } from './weights.js';

type Recurrent = Parameters<typeof layers.bidirectional>[0]['layer'];

beforeAll(() => tf.setBackend('cpu'));

const small = (units = 2): LayersModel =>
  sequential({
    layers: [layers.dense({ name: 'a', units, inputShape: [3] }), layers.batchNormalization({ name: 'bn' })],
  });

describe('namedWeights', () => {
  it('names layer/weight, in the order of the layers, also of a second copy', () => {
    for (const made of [small(), small()]) {
      const { all, trainable } = namedWeights(made);
      expect(Object.keys(all)).toEqual([
        'a/kernel',
        'a/bias',
        'bn/gamma',
        'bn/beta',
        'bn/moving_mean',
        'bn/moving_variance',
      ]);
      expect(Object.keys(trainable)).toEqual(['a/kernel', 'a/bias', 'bn/gamma', 'bn/beta']);
      made.dispose();
    }
  });

  it('tells the weights of wrapped layers and of models inside models apart', () => {
    const cell = layers.lstm({ name: 'cell', units: 2, recurrentInitializer: 'glorotUniform' }) as Recurrent;
    const x = input({ shape: [4, 3] });
    const wrapped = layers.bidirectional({ name: 'both', layer: cell, mergeMode: 'concat' }).apply(x) as SymbolicTensor;
    const inner = sequential({ name: 'inner', layers: [layers.dense({ name: 'a', units: 1, inputShape: [4] })] });
    const whole = model({ inputs: x, outputs: inner.apply(wrapped) as SymbolicTensor });
    const names = Object.keys(namedWeights(whole).all);
    expect(new Set(names).size).toBe(8);
    expect(names).toContain('inner/a/kernel');
    expect(names.filter((name) => name.startsWith('both/'))).toHaveLength(6);
  });

  it('names the weights of quantized layers as their rates and constraints do, wherever they are', () => {
    const lsq = () => lsqWeights({ bits: 2, learningRateScale: 0.1 });
    const gru = quantGru({ name: 'gru', units: 2, kernelQuantizer: lsq(), recurrentQuantizer: lsq() });
    const inner = sequential({
      name: 'inner',
      layers: [
        layers.timeDistributed({
          name: 'each',
          inputShape: [4, 4, 4, 1],
          layer: quantConv2dTranspose({ name: 'up', filters: 2, kernelSize: 2, kernelQuantizer: lsq() }),
        }),
        layers.reshape({ targetShape: [4, 50] }),
        layers.bidirectional({ name: 'both', layer: gru, mergeMode: 'concat' }),
      ],
    });
    const whole = sequential({
      layers: [
        inner,
        layers.reshape({ targetShape: [2, 2] }),
        quantLstm({ name: 'lstm', units: 2, recurrentQuantizer: lsq() }),
        quantDense({ name: 'fc', units: 1, kernelQuantizer: lsq() }),
      ],
    });
    const { all, trainable } = namedWeights(whole);
    const scaled = Object.keys(learningRateScales(whole));
    expect(scaled).toEqual(Object.keys(trainable).filter((name) => name.endsWith('_step')));
    expect(scaled).toHaveLength(7);
    expect(Object.keys(weightConstraints(whole)).sort()).toEqual([...scaled].sort());
    expect(Object.keys(all)).toHaveLength(7 + 7 + 2 + 6 + 3 + 2);
    whole.dispose();
  });

  it('refuses two layers of a name, also across models', () => {
    const dense = (name: string, inputShape: number[] = [2]) =>
      layers.dense({ name, units: 2, inputShape, useBias: false });
    const clash = sequential({ name: 'm', layers: [sequential({ name: 'a', layers: [dense('b')] }), dense('a/b')] });
    expect(() => namedWeights(clash)).toThrow("two weights are named 'a/b/kernel', in model 'm'");
    const twice = sequential({ name: 'm', layers: [dense('same'), dense('same')] });
    expect(() => namedWeights(twice)).toThrow("two weights are named 'same/kernel', in model 'm'");
  });
});

describe('loadWeights', () => {
  it('puts back what was read', async () => {
    const first = small();
    const second = small();
    const before = tf.memory().numTensors;
    const arrays = await readVariables(namedWeights(first).all);
    loadWeights(second, arrays);
    expect(await readVariables(namedWeights(second).all)).toEqual(arrays);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses weights of another model and loads none of them', async () => {
    const arrays = await readVariables(namedWeights(small()).all);
    const other = small(3);
    const before = await readVariables(namedWeights(other).all);
    expect(() => loadWeights(other, arrays)).toThrow("weight 'a/kernel' has shape [3, 2] instead of [3, 3]");
    expect(() => loadWeights(small(), { ...arrays, 'c/kernel': arrays['a/kernel']! })).toThrow("no weight 'c/kernel'");
    const { 'a/bias': _missing, ...rest } = arrays;
    expect(() => loadWeights(small(), rest)).toThrow("weight 'a/bias' is missing");
    expect(await readVariables(namedWeights(other).all)).toEqual(before);
  });
});
