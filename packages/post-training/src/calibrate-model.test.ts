import { leavesNoTensors } from '@lowbit/testing';
import '@tensorflow/tfjs-backend-cpu';
import {
  lsqActivations,
  lsqWeights,
  quantActivation,
  quantDense,
  quantizedLayers,
  quantizeModel,
} from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrateModel } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const stepOf = (model: ReturnType<typeof sequential>, path: string, option = 'inputQuantizer') => {
  const { layer } = quantizedLayers(model).find((placed) => placed.path === path)!;
  return layer.slots.get(option)!.state()['step']!.dataSync()[0]!;
};

/** Two dense layers; the first kernel is one that 2-bit LSQ changes. */
function net() {
  const model = sequential({
    layers: [
      quantDense({
        name: 'a',
        units: 1,
        useBias: false,
        inputShape: [2],
        kernelQuantizer: lsqWeights({ bits: 2 }),
        inputQuantizer: lsqActivations({ bits: 2 }),
      }),
      quantDense({ name: 'b', units: 1, useBias: false, inputQuantizer: lsqActivations({ bits: 3 }) }),
    ],
  });
  tf.tidy(() =>
    model
      .getLayer('a')
      .setWeights([tf.tensor2d([[0.75], [0.25]]), tf.scalar(1), tf.scalar(1), tf.scalar(0), tf.scalar(0)]),
  );
  return model;
}

describe('calibrateModel', () => {
  it('makes activations from several batches, with quantized weights and activations still float', () =>
    leavesNoTensors(async () => {
      const model = net();
      const batches = [
        tf.tensor2d([[1, 2]]),
        tf.tensor2d([
          [3, 4],
          [5, 6],
        ]),
      ];
      expect(await calibrateModel(model, batches)).toEqual(['a', 'b']);
      // s = 2·mean|v|/√Qp: of the kernel 2·0.5/√1 = 1, which makes it [1, 0] (0.25 rounds to 0)
      expect(stepOf(model, 'a', 'kernelQuantizer')).toBeCloseTo(1, 6);
      // of the input 2·1.5/√3 and 2·4.5/√3, whose mean is 6/√3
      expect(stepOf(model, 'a')).toBeCloseTo(6 / Math.sqrt(3), 5);
      // of what the first layer gives, 1 and then 3, 5: (2·1 + 2·4)/2/√7
      expect(stepOf(model, 'b')).toBeCloseTo(5 / Math.sqrt(7), 5);
      tf.dispose(batches);
      model.dispose();
    }));

  it('leaves what was calibrated before, unless it is told to do it again', () =>
    leavesNoTensors(async () => {
      const model = net();
      const [x, other] = [tf.ones([1, 2]), tf.fill([1, 2], 3)];
      await calibrateModel(model, [x]);
      const before = stepOf(model, 'a');
      expect(await calibrateModel(model, [other])).toEqual([]);
      expect(stepOf(model, 'a')).toBe(before);
      expect(await calibrateModel(model, [other], { again: true })).toEqual(['a', 'b']);
      expect(stepOf(model, 'a')).toBeCloseTo(3 * before, 5);
      tf.dispose([x, other]);
      model.dispose();
    }));

  it('takes a generator, and reaches models inside of models and wrappers', () =>
    leavesNoTensors(async () => {
      const inner = sequential({
        name: 'inner',
        layers: [
          layers.timeDistributed({
            name: 'each',
            inputShape: [2, 3],
            layer: quantDense({ name: 'd', units: 2, inputQuantizer: lsqActivations({ bits: 1 }) }),
          }),
        ],
      });
      const model = sequential({
        layers: [inner, quantActivation({ name: 'act', quantizer: lsqActivations({ bits: 2 }) })],
      });
      function* batches() {
        for (const value of [1, 2]) {
          const x = tf.fill([1, 2, 3], value);
          yield x;
          x.dispose();
        }
      }
      expect(await calibrateModel(model, batches())).toEqual(['inner/each', 'act']);
      expect(stepOf(model, 'inner/each')).toBeCloseTo(3, 5);
      for (const weight of model.weights) weight.dispose();
    }));

  it('refuses data of another shape and no data, and changes nothing', () =>
    leavesNoTensors(async () => {
      const model = net();
      const [good, bad] = [tf.ones([1, 2]), tf.ones([1, 3])];
      await expect(calibrateModel(model, [good, bad])).rejects.toThrow(
        /the model reads \[n, 2\], in calibrateModel, batch 1, received '\[1, 3\]'; take data like/,
      );
      await expect(calibrateModel(model, [])).rejects.toThrow(/there are no batches to look at, in calibrateModel/);
      await expect(calibrateModel(model, [[good, good]])).rejects.toThrow(/received '\[1, 2\] and \[1, 2\]'/);
      const { layer } = quantizedLayers(model)[0]!;
      expect(layer.slots.get('inputQuantizer')!.calibrated).toBe(false);
      tf.dispose([good, bad]);
      model.dispose();
    }));

  it('has nothing to do where no activation has a state', () =>
    leavesNoTensors(async () => {
      const float = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
      const model = quantizeModel(float, [{ activations: { quantizer: 'dorefa', bits: 2 } }]);
      const x = tf.ones([1, 2]);
      expect(await calibrateModel(model, [x])).toEqual([]);
      x.dispose();
      model.dispose();
      float.dispose();
    }));
});
