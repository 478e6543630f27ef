import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { inqWeights } from '../index.js';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { fitted, gradientsOf, quantized, W4 } from '../testing/vectors.js';

describe('INQ', () => {
  // specification "Quantizers" §12
  it.each([
    [5, [-1, -0.5, -0.25, -0.125, 0.0625, 0.25, 0.25, 0.5, 0.5, 1]],
    [4, [-1, -0.5, -0.25, -0.125, 0, 0.25, 0.25, 0.5, 0.5, 1]],
  ] as const)('reproduces the reference vectors at %i bits', (bits, expected) =>
    leavesNoTensors(() => expect(quantized(inqWeights({ bits }), W4)).toEqual(expected)),
  );

  it.each([2, 3, 5, 8] as const)('has one level for zero and 2^(b−1) powers at %i bits', (bits) =>
    leavesNoTensors(() => {
      const levels = tf.tidy(() => valuesOf(inqWeights({ bits }).encode(tf.tensor1d(W4)).codebook));
      const powers = Array.from({ length: 2 ** (bits - 2) }, (_, i) => 2 ** -i);
      expect(levels).toEqual([...powers.map((power) => -power), 0, ...powers.toReversed()]);
    }),
  );

  it('takes the level that is nearest, and a tie where it is told', () =>
    leavesNoTensors(() => {
      // levels 0, ½ and 1
      const ties = [1, 0.75, 0.25, -0.25, -0.75];
      expect(quantized(inqWeights({ bits: 3 }), ties)).toEqual([1, 1, 0.5, -0.5, -1]);
      expect(quantized(inqWeights({ bits: 3, ties: 'down' }), ties)).toEqual([1, 0.5, 0, 0, -0.5]);
    }));

  it.each([
    [1.5, 2],
    [1.4999999, 1],
    [0.75, 1],
    [3e38, 2 ** 127],
    [1e-40, 2 ** -126],
    [0, 1],
  ])('finds the largest power for max|w| = %d', (most, top) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        expect(fitted(inqWeights({ bits: 4 }), tf.tensor1d([-most, most / 2]))['top']).toEqual([top]);
      }),
    ),
  );

  it('passes the gradient as it is', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const [dw] = gradientsOf(inqWeights({ bits: 4 }), tf.tensor1d(W4), tf.range(1, 11));
        expectClose(valuesOf(dw!), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      }),
    ));

  it('refuses one bit', () => {
    expect(() => inqWeights({ bits: 1 as 2 })).toThrow(/bits must be a whole number from 2 to 8.*received 1/);
  });
});
