import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { sawbPlusWeights, sawbWeights } from '../index.js';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { gradientsOf, quantized, W4 } from '../testing/vectors.js';

describe('SAWB', () => {
  // specification "Quantizers" §4
  it.each([
    [2, 0.908925],
    [3, 1.254152],
    [4, 1.554294],
    [5, 1.819465],
    [8, 2.448064],
  ] as const)('has the clip of the reference at %i bits', (bits, alpha) =>
    leavesNoTensors(() => {
      const codebook = tf.tidy(() => sawbWeights({ bits }).encode(tf.tensor1d(W4)).codebook);
      const levels = valuesOf(codebook);
      expectClose([levels[0]!, levels.at(-1)!], [-alpha, alpha], 3e-5);
      expect(levels.length).toBe(2 ** bits);
    }),
  );

  it('reproduces the reference vector', () =>
    leavesNoTensors(() => {
      const [a, b] = [0.908925, 0.302975];
      expectClose(quantized(sawbWeights({ bits: 2 }), W4), [-a, -b, -b, -b, b, b, b, b, a, a]);
    }));

  it('has zero among the levels where it is asked for', () =>
    leavesNoTensors(() => {
      // 2.6·√E[w²] − 1.71·E|w|
      const a = 2.6 * Math.sqrt(0.37475) - 1.71 * 0.485;
      expectClose(quantized(sawbWeights({ bits: 2, zero: true }), W4), [-a, -a, 0, 0, 0, 0, 0, a, a, a]);
    }));

  it('takes the largest magnitude where the statistics give no clip', () =>
    leavesNoTensors(() => {
      // all of one magnitude: √E[w²] = E|w|, and c₁ + c₂ is below 0 at 4 bits
      expectClose(quantized(sawbWeights({ bits: 4 }), [0.5, -0.5]), [0.5, -0.5]);
      expectClose(quantized(sawbWeights({ bits: 1 }), [0.5, -0.2]), [0.5, -0.5]);
      expectClose(quantized(sawbWeights({ bits: 2 }), [0, 0]), [0, 0]);
    }));

  it('stops the gradient outside of the clip, SAWB+ does not', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const [x, g] = [tf.tensor1d(W4), tf.range(1, 11)];
        expectClose(valuesOf(gradientsOf(sawbWeights({ bits: 2 }), x, g)[0]!), [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
        expectClose(valuesOf(gradientsOf(sawbPlusWeights({ bits: 2 }), x, g)[0]!), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      }),
    ));

  it('refuses one bit with zero', () => {
    expect(() => sawbWeights({ bits: 1, zero: true })).toThrow(/leaves no other level.*received 1/);
  });
});
