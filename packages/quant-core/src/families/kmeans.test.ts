import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { kmeansWeights } from '../index.js';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { fitted, gradientsOf, quantized } from '../testing/vectors.js';

// the figure of Deep Compression; specification "Compression" §1.2
const w = [2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0, -1.03, 1.87, 0, 1.53, 1.49];
const g = [-3, -1, 3, 2, -1, 1, -2, 12, -1, 2, 4, 1, -7, -2, 1, -2].map((hundredths) => hundredths / 100);
const index = [3, 0, 2, 1, 1, 1, 0, 3, 0, 3, 1, 0, 3, 1, 2, 2];
const centres = [-1, 0, 1.5, 2];
const boundaries = [-0.5, 0.75, 1.75];

describe('k-means', () => {
  it.each(['linear', 'density'] as const)("finds the centres of the paper's figure from a %s start", (initial) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const state = fitted(kmeansWeights({ bits: 2, initial }), tf.tensor1d(w));
        expectClose(state['centres']!, centres);
        expectClose(state['boundaries']!, boundaries);
        const { codes } = kmeansWeights({ bits: 2, initial }).encode(tf.tensor1d(w));
        expect(valuesOf(codes)).toEqual(index);
      }),
    ),
  );

  it.each(['fixed', 'nearest'] as const)('sums the gradients of the members, with clusters %s', (assignment) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const quantizer = kmeansWeights({ bits: 2, assignment });
        const [x, trained] = [tf.tensor1d(w), { centres: tf.tensor1d(centres) }];
        const context = { state: { boundaries: tf.tensor1d(boundaries) } };
        const [dw, dCentres] = gradientsOf(quantizer, x, tf.tensor1d(g), trained, context);
        expectClose(valuesOf(dCentres!), [-0.03, 0.04, 0.02, 0.04]);
        expectClose(valuesOf(dw!), assignment === 'fixed' ? w.map(() => 0) : g);
      }),
    ),
  );

  it('keeps its clusters when centres move, or takes the nearest centre', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const moved = { centres: tf.tensor1d([-1, 5, 1.5, 2]), boundaries: tf.tensor1d(boundaries) };
        expectClose(quantized(kmeansWeights({ bits: 2 }), [-0.9, 0.1, 1.6], { state: moved }), [-1, 5, 1.5]);
        const nearest = kmeansWeights({ bits: 2, assignment: 'nearest' });
        const state = { centres: moved.centres };
        expectClose(quantized(nearest, [-0.9, 0.1, 0.3, 1.6, 4], { state }), [-1, -1, 1.5, 1.5, 5]);
        const [, ofCentres] = gradientsOf(nearest, tf.tensor1d([-0.9, 4, 1.6]), tf.tensor1d([1, 10, 100]), state);
        expectClose(valuesOf(ofCentres!), [1, 10, 100, 0]);
      }),
    ));

  it('keeps a code for zero', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const quantizer = kmeansWeights({ bits: 2, zero: true });
        const pruned = [0, 1, 0, 1.2, -3, 0, -3.2, 5];
        expectClose(quantized(quantizer, pruned), [0, 1.1, 0, 1.1, -3.1, 0, -3.1, 5]);
        const [x, trained] = [tf.tensor1d(pruned), { centres: tf.tensor1d([-3.1, 1.1, 5]) }];
        const context = { state: { boundaries: tf.tensor1d([-1, 3]) } };
        const [, ofCentres] = gradientsOf(quantizer, x, tf.onesLike(x), trained, context);
        expectClose(valuesOf(ofCentres!), [2, 2, 1]);
      }),
    ));

  it('picks among its centres at fewer bits, and has no more at more', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const state = { centres: tf.tensor1d(centres), boundaries: tf.tensor1d(boundaries) };
        const [one, three] = [kmeansWeights({ bits: 2 }).withBits(1), kmeansWeights({ bits: 2 }).withBits(3)];
        expectClose(quantized(one, [-5, 5], { state }), [0, 2]);
        const trained = { centres: state.centres };
        const [, ofCentres] = gradientsOf(one, tf.tensor1d([-5, 5]), tf.tensor1d([1, 10]), trained, { state });
        expectClose(valuesOf(ofCentres!), [0, 1, 0, 10]);
        expectClose(
          quantized(three, w, { state }),
          index.map((code) => centres[code]!),
        );
      }),
    ));

  it('starts at weights drawn from the seed', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const x = tf.randomNormal([500], 0, 1, 'float32', 2);
        const quantizer = kmeansWeights({ bits: 4, initial: 'random' });
        const drawn = [1, 1, 2].map((seed) => valuesOf(quantizer.quantize(x, { seed })));
        expect(drawn[0]).toEqual(drawn[1]);
        expect(drawn[0]).not.toEqual(drawn[2]);
      }),
    ));

  it('has a code book for each channel', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const one = tf.tensor1d(w);
        const both = tf.stack([one, tf.mul(one, 2)], 1);
        const state = fitted(kmeansWeights({ bits: 2, granularity: 'channel' }), both);
        expectClose(state['centres']!, [-1, 0, 1.5, 2, -2, 0, 3, 4]);
        for (const assignment of ['fixed', 'nearest'] as const) {
          const quantizer = kmeansWeights({ bits: 2, granularity: 'channel', assignment });
          const levels = index.flatMap((code) => [centres[code]!, 2 * centres[code]!]);
          expectClose(valuesOf(quantizer.quantize(both)), levels);
        }
      }),
    ));

  it('refuses one bit with a code for zero', () => {
    expect(() => kmeansWeights({ bits: 1, zero: true })).toThrow(/leaves one centre.*received 1/);
  });
});
