import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ttqWeights, twnWeights } from '../index.js';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { fitted, gradientsOf, quantized, W4 } from '../testing/vectors.js';

describe('TWN', () => {
  // specification "Quantizers" §10
  it('reproduces the reference vector', () =>
    leavesNoTensors(() => {
      const a = 0.708333;
      expectClose(quantized(twnWeights(), W4), [-a, -a, -a, 0, 0, 0, 0, a, a, a]);
    }));

  it('passes the gradient as it is', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const g = tf.range(1, 11);
        expect(valuesOf(gradientsOf(twnWeights(), tf.tensor1d(W4), g)[0]!)).toEqual(valuesOf(g));
      }),
    ));

  it('has a scale for each group', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const w = tf.tensor2d([[1], [2], [10], [20]]);
        expect(valuesOf(twnWeights({ granularity: { group: 2 } }).quantize(w))).toEqual([0, 2, 0, 20]);
      }),
    ));

  it('leaves zeros zero', () => leavesNoTensors(() => expect(quantized(twnWeights(), [0, 0])).toEqual([0, 0])));
});

describe('TTQ', () => {
  const quantizer = ttqWeights({ threshold: 0.3 });
  const state = () => ({ positive: tf.scalar(1.1), negative: tf.scalar(0.8) });

  // specification "Quantizers" §11
  it('reproduces the reference vector', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        expectClose(quantized(quantizer, W4, { state: state() }), [-0.8, -0.8, 0, 0, 0, 0, 0, 1.1, 1.1, 1.1]);
      }),
    ));

  it('has the gradients of the paper', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const g = tf.div(tf.range(1, 11), 10);
        const [dw, dPositive, dNegative] = gradientsOf(quantizer, tf.tensor1d(W4), g, state());
        expectClose(valuesOf(dPositive!), [2.7]);
        expectClose(valuesOf(dNegative!), [-0.3]);
        expectClose(valuesOf(dw!), [0.08, 0.16, 0.3, 0.4, 0.5, 0.6, 0.7, 0.88, 0.99, 1.1]);
      }),
    ));

  it('starts from 1, or from the means', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        expectClose(quantized(quantizer, W4), [-1, -1, 0, 0, 0, 0, 0, 1, 1, 1]);
        const means = fitted(ttqWeights({ threshold: 0.3, initial: 'mean' }), tf.tensor1d(W4));
        expectClose(means['positive']!, [2.6 / 3]);
        expectClose(means['negative']!, [0.65]);
      }),
    ));

  it('refuses bad options', () => {
    expect(() => ttqWeights({ bits: 3 as 2 })).toThrow(/bits must be 2, or "float".*received 3/);
    expect(() => ttqWeights({ threshold: 2 })).toThrow(/quantizer 'ttq' at threshold.*received 2/);
  });
});
