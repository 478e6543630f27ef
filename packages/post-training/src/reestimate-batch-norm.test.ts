import '@tensorflow/tfjs-backend-cpu';
import { batchNorm } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { reestimateBatchNorm } from './index.js';
import { leavesNoTensors } from './testing/helpers.js';

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
