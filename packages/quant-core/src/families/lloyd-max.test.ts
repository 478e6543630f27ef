import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { lloydMaxWeights } from '../index.js';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { fitted, quantized, W4 } from '../testing/vectors.js';

describe('Lloyd–Max', () => {
  // specification "Quantizers" §13; at 3 bits the iteration from max|w|/M ends in a local minimum, Δ = .414286
  it.each([
    [2, 0.875, [-1, 0, 0, 0, 0, 0, 0, 1, 1, 1], 0.685],
    [3, 0.38, undefined, 0.1375],
    [4, 0.184091, [-5, -2, -2, -1, 0, 1, 1, 3, 4, 7], 0.019659],
  ] as const)('fits the step of the reference at %i bits', (bits, step, codes, error) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const quantizer = lloydMaxWeights({ bits });
        expectClose(fitted(quantizer, tf.tensor1d(W4))['step']!, [step]);
        const values = quantized(quantizer, W4);
        if (codes)
          expectClose(
            values.map((value) => Math.round(value / step)),
            codes,
          );
        expectClose([values.reduce((sum, value, i) => sum + (value - W4[i]!) ** 2, 0)], [error]);
      }),
    ),
  );

  it.each([
    [2, 1.221],
    [3, 0.648],
    [4, 0.3525],
  ] as const)('fits a Gaussian at %i bits', (bits, step) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const normal = tf.randomNormal([300, 1000], 0, 1, 'float32', 5);
        expectClose(fitted(lloydMaxWeights({ bits }), normal)['step']!, [step], 0.01);
      }),
    ),
  );

  it('is the sign at one bit, scaled by the mean magnitude', () =>
    leavesNoTensors(() => expectClose(quantized(lloydMaxWeights({ bits: 1 }), [-1, 0, 0.5]), [-0.5, 0.5, 0.5])));

  it('scales its step as that of a Gaussian at other bits', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const state = { step: tf.scalar(1.224) };
        const ladder = lloydMaxWeights({ bits: 2 });
        expectClose(quantized(ladder.withBits(4), [9], { state }), [7 * 0.3534]);
        expectClose(quantized(ladder.withBits(4).withBits(2), [9], { state }), [1.224]);
        expectClose(quantized(ladder.withBits(1), [9], { state }), [0.7979]);
      }),
    ));

  it('keeps its step in training, unless it is to be refitted', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        expect(lloydMaxWeights({ bits: 2 }).update).toBeUndefined();
        const { update } = lloydMaxWeights({ bits: 2, refit: true });
        // the trace of the reference: 1.3, .966667, .875
        let step: tf.Tensor = tf.scalar(1.3);
        for (const next of [0.966667, 0.875, 0.875]) {
          step = update!(tf.tensor1d(W4), { state: { step }, training: true })['step']!;
          expectClose(step.dataSync(), [next]);
        }
        expectClose(update!(tf.tensor1d(W4), { state: { step: tf.scalar(9) } })['step']!.dataSync(), [4.5]);
      }),
    ));

  it('trains no state', () => {
    expect(lloydMaxWeights({ bits: 3 }).state?.map(({ name, trainable }) => [name, trainable])).toEqual([
      ['step', false],
    ]);
  });

  it('fits a step to each group', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const w = tf.tensor2d([1, 2, -1, 2, 0.1, 5, -0.1, 5], [4, 2]);
        const state = fitted(lloydMaxWeights({ bits: 2, granularity: { group: 2 } }), w);
        expectClose(state['step']!, [1, 2, 0.1, 5]);
        expect(valuesOf(lloydMaxWeights({ bits: 2, granularity: { group: 2 } }).quantize(w))).toEqual(valuesOf(w));
      }),
    ));
});
