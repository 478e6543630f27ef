import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { pactWeights } from '../index.js';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { fitted, gradientsOf, quantized } from '../testing/vectors.js';

// specification "Quantizers" §3
const w = [-1.4, -0.9, -0.55, -0.5, -0.2, 0, 0.1, 0.31, 0.62, 1.1];

describe('PACT on weights', () => {
  it.each([
    [2, [-0.9, -0.9, -0.3, -0.3, -0.3, 0.3, 0.3, 0.3, 0.9, 0.9]],
    [3, [-0.9, -0.9, -0.642857, -0.385714, -0.128571, 0.128571, 0.128571, 0.385714, 0.642857, 0.9]],
    [4, [-0.9, -0.9, -0.54, -0.54, -0.18, 0.06, 0.06, 0.3, 0.66, 0.9]],
  ] as const)('reproduces the reference vectors at %i bits', (bits, expected) =>
    leavesNoTensors(() =>
      tf.tidy(() => expectClose(quantized(pactWeights({ bits }), w, { state: { alpha: tf.scalar(0.9) } }), expected)),
    ),
  );

  it('has the gradients of the dissertation', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const state = { alpha: tf.scalar(Math.fround(0.9)) };
        const [dw, dAlpha] = gradientsOf(pactWeights({ bits: 2 }), tf.tensor1d(w), tf.range(1, 11), state);
        expectClose(valuesOf(dw!), [0, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
        expectClose(valuesOf(dAlpha!), [9]);
      }),
    ));

  it.each([
    [2, 1.101176],
    [3, 1.368769],
  ] as const)('starts where the squared error is least, at %i bits', (bits, alpha) =>
    leavesNoTensors(() => tf.tidy(() => expectClose(fitted(pactWeights({ bits }), tf.tensor1d(w))['alpha']!, [alpha]))),
  );

  it.each([
    [2, 1.495],
    [3, 2.054],
    [4, 2.532],
  ] as const)('fits a Gaussian at %i bits', (bits, alpha) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const normal = tf.randomNormal([300, 1000], 0, 1, 'float32', 5);
        expectClose(fitted(pactWeights({ bits }), normal)['alpha']!, [alpha], 0.02);
      }),
    ),
  );

  it('starts as it is told, as on the shortcuts of the dissertation', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const shortcut = pactWeights({ bits: 8, alpha: 6 });
        expectClose(quantized(shortcut, [-7, -1, 0.013, 0.03, 3.3]), [-6, -1.011765, 0.023529, 0.023529, 3.317647]);
        expect(shortcut.calibrator).toBeUndefined();
      }),
    ));

  it('fits an α to each channel', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const one = tf.tensor1d(w);
        const both = tf.stack([one, tf.mul(one, 3)], 1);
        expectClose(fitted(pactWeights({ bits: 2, granularity: 'channel' }), both)['alpha']!, [1.101176, 3.303529]);
      }),
    ));

  it('refuses bad options', () => {
    expect(() => pactWeights({ bits: 9 as 8 })).toThrow(/bits must be a whole number from 1 to 8.*received 9/);
    expect(() => pactWeights({ bits: 2, alpha: -1 })).toThrow(/quantizer 'pact' \(weights\) at alpha, received -1/);
  });
});
