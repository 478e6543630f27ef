import { leavesNoTensors } from '@lowbit/testing';
import '@tensorflow/tfjs-backend-cpu';
import { quantFoldedConv2d, quantizeModel } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  layers,
  model as functional,
  sequential,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { layerErrors } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const dense = (name: string, units: number, inputShape?: number[]) =>
  layers.dense({ name, units, inputShape, useBias: false });

describe('layerErrors', () => {
  it('gives the ratios of signal to noise of weights and outputs, the largest error first', () =>
    leavesNoTensors(async () => {
      const float = sequential({ layers: [dense('a', 1, [2]), dense('b', 2)] });
      tf.tidy(() => float.setWeights([tf.tensor2d([[3], [1]]), tf.tensor2d([[1, -1]])]));
      // DoReFa at 1 bit makes [2, 2] of [3, 1], and [1, −1] of itself
      const quantized = quantizeModel(float, [{ weights: { quantizer: 'dorefa', bits: 1 } }]);
      const batches = [
        tf.tensor2d([[1, 0]]),
        tf.tensor2d([
          [1, 1],
          [0, 2],
        ]),
      ];
      const errors = await layerErrors(float, quantized, batches);
      // outputs of a: 3, 4, 2 against 2, 4, 4; those of b are ± the same
      const output = 10 * Math.log10((9 + 16 + 4) / (1 + 0 + 4));
      expect(errors.map(({ layer }) => layer)).toEqual(['a', 'b']);
      for (const error of errors) expect(error.output).toBeCloseTo(output, 5);
      expect(errors[0]!.weights['kernel']).toBeCloseTo(10 * Math.log10(10 / 2), 5);
      expect(errors[1]!.weights).toEqual({ kernel: Infinity });
      tf.dispose(batches);
      quantized.dispose();
      float.dispose();
    }));

  it('compares the kernel of a folded convolution as it is folded', () =>
    leavesNoTensors(async () => {
      const float = sequential({
        layers: [quantFoldedConv2d({ name: 'a', filters: 2, kernelSize: 1, inputShape: [1, 1, 1], epsilon: 1 })],
      });
      // kernel, gamma, beta, mean, variance: folded by 4/2 and 1/2 the kernel is [6, 0.5], of which DoReFa makes ±3.25 at 1 bit
      const weights = [[[[[3, 1]]]], [4, 1], [0, 0], [0, 0], [3, 3]];
      tf.tidy(() => float.setWeights(weights.map((values) => tf.tensor(values as number[]))));
      const quantized = quantizeModel(float, [{ weights: { quantizer: 'dorefa', bits: 1 } }]);
      const x = tf.ones([1, 1, 1, 1]);
      const [error] = await layerErrors(float, quantized, [x]);
      const ratio = 10 * Math.log10((6 ** 2 + 0.5 ** 2) / (2 * 2.75 ** 2));
      expect(error!.output).toBeCloseTo(ratio, 4);
      expect(error!.weights['kernel']).toBeCloseTo(ratio, 4);
      x.dispose();
      quantized.dispose();
      float.dispose();
    }));

  it('puts the layer of the fewest bits first', () =>
    leavesNoTensors(async () => {
      const float = sequential({ layers: [dense('a', 64, [64]), dense('b', 64), dense('c', 64)] });
      const uniform = (bits: number) => ({ quantizer: 'lsq', bits });
      const quantized = quantizeModel(float, [{ weights: uniform(8) }, { name: 'b', weights: uniform(3) }]);
      const x = tf.randomNormal([32, 64], 0, 1, 'float32', 1);
      const errors = await layerErrors(float, quantized, [x]);
      expect(errors.at(-1)!.layer).toBe('a');
      expect(errors[0]!.output).toBeLessThan(errors.at(-1)!.output - 10);
      x.dispose();
      quantized.dispose();
      float.dispose();
    }));

  it('sees every call of a layer that is used twice, in a model inside, and every time step', () =>
    leavesNoTensors(async () => {
      const inner = sequential({ name: 'inner', layers: [dense('d', 2, [2])] });
      const x0 = input({ shape: [3, 2] });
      const each = layers.timeDistributed({ name: 'each', layer: dense('t', 2) }).apply(x0);
      const flat = dense('f', 2).apply(layers.flatten().apply(each)) as SymbolicTensor;
      const float = functional({ inputs: x0, outputs: inner.apply(inner.apply(flat)) as SymbolicTensor });
      const quantized = quantizeModel(float, [{ weights: { quantizer: 'lsq', bits: 3 } }]);
      const x = tf.randomNormal([4, 3, 2], 0, 1, 'float32', 2);
      const errors = await layerErrors(float, quantized, [x]);
      expect(errors.map(({ layer }) => layer).sort()).toEqual(['each', 'f', 'inner/d']);
      expect(errors.every(({ output }) => Number.isFinite(output))).toBe(true);
      x.dispose();
      for (const model of [float, quantized] as LayersModel[]) model.weights.forEach((weight) => weight.dispose());
    }));

  it('refuses models of other layers, and leaves the layers as they were when a pass fails', () =>
    leavesNoTensors(async () => {
      const [float, other] = [
        sequential({ layers: [dense('a', 1, [2])] }),
        sequential({ layers: [dense('z', 1, [2])] }),
      ];
      const quantized = quantizeModel(float, [{ weights: { quantizer: 'lsq', bits: 2 } }]);
      const [x, bad] = [tf.ones([1, 2]), tf.ones([1, 3])];
      await expect(layerErrors(other, quantized, [x])).rejects.toThrow(/no layer of this path, in layer 'a'/);
      await expect(layerErrors(float, quantized, [x, bad])).rejects.toThrow(
        /the model reads \[n, 2\], in layerErrors, batch 1/,
      );
      expect(Object.keys(float.layers[0]!)).not.toContain('call');
      tf.dispose([x, bad]);
      for (const model of [float, other, quantized]) model.dispose();
    }));
});
