import { leavesNoTensors } from '@lowbit/testing';
import '@tensorflow/tfjs-backend-cpu';
import { batchNorm, quantFoldedConv2d, quantizeModel } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { reestimateBatchNorm } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]) => mean(values.map((value) => (value - mean(values)) ** 2));
const moving = (layer: { getWeights(): tf.Tensor[] }) =>
  layer
    .getWeights()
    .slice(2)
    .map((w) => [...w.dataSync()]);

describe('reestimateBatchNorm', () => {
  it.each(['stock', 'ours'])('keeps mean and variance of all that it saw, in batches of any sizes (%s)', (whose) =>
    leavesNoTensors(async () => {
      const args = { name: 'bn', inputShape: [2] };
      const model = sequential({
        layers: [whose === 'ours' ? batchNorm(args as never) : layers.batchNormalization(args)],
      });
      const rows = [
        [1, 10],
        [2, 10],
        [6, 10],
        [-4, 40],
        [5, 0],
      ];
      const batches = [tf.tensor2d(rows.slice(0, 3)), tf.tensor2d(rows.slice(3))];
      expect(await reestimateBatchNorm(model, batches)).toEqual(['bn']);
      const [means, variances] = moving(model.layers[0]!);
      [0, 1].forEach((channel) => {
        const values = rows.map((row) => row[channel]!);
        expect(means![channel]).toBeCloseTo(mean(values), 4);
        expect(variances![channel]).toBeCloseTo(variance(values), 3);
      });
      tf.dispose(batches);
      model.dispose();
    }),
  );

  it("measures a normalization behind another with that one working by the batch's statistics", () =>
    leavesNoTensors(async () => {
      const model = sequential({
        layers: [
          layers.batchNormalization({ name: 'first', inputShape: [1], epsilon: 0.001, momentum: 0.5 }),
          layers.dropout({ rate: 0.9 }),
          layers.batchNormalization({ name: 'second' }),
        ],
      });
      const x = tf.tensor2d([[1], [3], [5], [7]]);
      await reestimateBatchNorm(model, [x]);
      const normalized = [1, 3, 5, 7].map((value) => (value - 4) / Math.sqrt(5 + 0.001));
      const [means, variances] = moving(model.getLayer('second'));
      expect(means![0]).toBeCloseTo(0, 5);
      expect(variances![0]).toBeCloseTo(variance(normalized), 4);
      x.dispose();
      model.dispose();
    }));

  it('takes those of a folded convolution by its kernel as it is trained, behind others that are measured', () =>
    leavesNoTensors(async () => {
      const conv = { name: 'conv', filters: 3, kernelSize: 2, inputShape: [4, 4, 2] };
      const second = { name: 'second', filters: 2, kernelSize: 1 };
      const norm = { epsilon: 0.001, momentum: 0.5 };
      const folded = sequential({
        layers: [
          quantFoldedConv2d({ ...conv, ...norm }),
          quantFoldedConv2d({ ...second, ...norm, activation: 'relu' }),
        ],
      });
      const quantized = quantizeModel(folded, [
        { weights: { quantizer: 'lq-nets', bits: 2 } },
        { position: 'first', bits: 'float' },
      ]);
      const apart = sequential({
        layers: [
          layers.conv2d({ ...conv, useBias: false }),
          layers.batchNormalization({ ...norm, name: 'bn' }),
          layers.conv2d({ ...second, useBias: false }),
          layers.batchNormalization({ ...norm, name: 'bn-second' }),
        ],
      });
      [0, 1].forEach((i) => apart.layers[2 * i]!.setWeights(folded.layers[i]!.getWeights().slice(0, 1)));
      const named = (layer: (typeof quantized.layers)[number], pattern: RegExp) =>
        layer.weights
          .filter(({ originalName }) => pattern.test(originalName))
          .map((weight) => [...weight.read().dataSync()]);
      const basis = named(quantized.layers[1]!, /basis/);
      expect(basis).toHaveLength(1);
      const batches = [0, 1].map((seed) => tf.randomNormal([3 + seed, 4, 4, 2], 0.5, 2, 'float32', seed + 1));
      await reestimateBatchNorm(apart, batches);
      expect(await reestimateBatchNorm(quantized, batches)).toEqual(['conv', 'second']);
      [0, 1].forEach((i) => {
        const expected = named(apart.layers[2 * i + 1]!, /moving_/);
        named(quantized.layers[i]!, /moving_/).forEach((values, j) =>
          values.forEach((value, channel) => expect(value).toBeCloseTo(expected[j]![channel]!, 4)),
        );
      });
      // which a pass of training would have moved
      expect(named(quantized.layers[1]!, /basis/)).toEqual(basis);
      tf.dispose(batches);
      for (const model of [folded, quantized, apart]) model.dispose();
    }));

  it('leaves the statistics as they were when a batch does not fit, and models without any alone', () =>
    leavesNoTensors(async () => {
      const model = sequential({ layers: [layers.batchNormalization({ inputShape: [1] })] });
      const [good, bad] = [tf.tensor2d([[3], [5]]), tf.ones([1, 2])];
      await expect(reestimateBatchNorm(model, [good, bad])).rejects.toThrow(/reestimateBatchNorm, batch 1/);
      expect(moving(model.layers[0]!)).toEqual([[0], [1]]);
      const plain = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
      expect(await reestimateBatchNorm(plain, [good])).toEqual([]);
      tf.dispose([good, bad]);
      model.dispose();
      plain.dispose();
    }));
});
