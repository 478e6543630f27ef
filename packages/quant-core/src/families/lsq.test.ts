import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { decode, disposeEncoded, lsqActivations, lsqWeights } from '../index.js';
import { expectClose, valuesOf } from '../testing/helpers.js';

// specification "Quantizers" §6
const v = [-1.1, -0.8, -0.5001, -0.13, 0, 0.05, 0.12, 0.31, 0.6, 0.9];

describe('LSQ', () => {
  it('reproduces the reference vectors', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const state = { step: tf.scalar(0.2) };
        const quantizer = lsqWeights({ bits: 3 });
        expectClose(
          valuesOf(quantizer.quantize(tf.tensor1d(v), { state })),
          [-0.8, -0.8, -0.6, -0.2, 0, 0, 0.2, 0.4, 0.6, 0.6],
        );
      }),
    ));

  it('has the gradients of the paper', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        // the vector's v = −0.5 is a tie, and 0.6 a boundary, which float32 has on the other side
        const x = tf.tensor1d(v.with(2, -0.4999).with(8, 0.5999));
        const quantizer = lsqWeights({ bits: 3 });
        const loss = (w: tf.Tensor, step: tf.Tensor) => tf.sum(quantizer.quantize(w, { state: { step } })) as tf.Scalar;
        const [dv, ds] = tf.grads(loss)([x, tf.scalar(0.2)]);
        expectClose(valuesOf(dv!), [0, 0, 1, 1, 1, 1, 1, 1, 1, 0]);
        expectClose(valuesOf(ds!), [-0.77594], 2e-4);
      }),
    ));

  it('starts from the data', () =>
    leavesNoTensors(() => {
      const calibrator = lsqWeights({ bits: 3 }).calibrator!();
      tf.tidy(() => calibrator.observe(tf.tensor1d(v.with(2, -0.5))));
      const { step } = calibrator.state();
      calibrator.dispose();
      expectClose(valuesOf(step!), [0.52077]);
    }));

  it('keeps its range at other bits', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const state = { step: tf.scalar(0.5) };
        const top = valuesOf(
          lsqActivations({ bits: 2 })
            .withBits(4)
            .quantize(tf.tensor1d([9]), { state }),
        );
        expectClose(top, [1.5]);
      }),
    ));

  it.each(['tensor', 'channel', { group: 2 }] as const)('obeys the law with a step for each %j', (granularity) =>
    leavesNoTensors(() => {
      const quantizer = lsqWeights({ bits: 2, granularity });
      const w = tf.randomNormal([3, 3, 4, 6], 0, 1, 'float32', 1);
      for (const channelAxis of [3, 2]) {
        const encoded = quantizer.encode(w, { channelAxis });
        const decoded = decode(encoded);
        expect(valuesOf(decoded)).toEqual(valuesOf(quantizer.quantize(w, { channelAxis })));
        disposeEncoded(encoded);
      }
      w.dispose();
    }),
  );

  it('has one zero among the levels of activations, as the law wants', () =>
    leavesNoTensors(() => {
      const x = tf.tensor1d([-1, 0, 1, 2]);
      const encoded = lsqActivations({ bits: 2 }).encode(x);
      expect(Object.is(encoded.codebook.dataSync()[0], 0)).toBe(true);
      disposeEncoded(encoded);
      x.dispose();
    }));

  it('refuses what it cannot do', () => {
    expect(() => lsqActivations({ bits: 2 }).withBits(9 as 8)).toThrow(
      /bits must be a whole number from 1 to 8.*received 9/,
    );
    expect(() => lsqWeights({ bits: 1 })).toThrow(/no positive level.*received 1/);
    expect(() => lsqWeights({ bits: 2, granularity: { group: 3 } }).quantize(tf.ones([4, 2]))).toThrow(
      /a group must divide the number of input channels.*shape \[4, 2\].*received 3/,
    );
  });
});
