import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { pactActivations } from '../index.js';
import { obeysTheLaw } from '../testing/families.js';
import { expectClose, valuesOf } from '../testing/helpers.js';

// specification "Quantizers" §2
const values = [-1, 0, 0.2, 0.3, 0.74, 0.76, 1.2, 1.5, 2.4];
const g = [1, 2, 3, 4, 5, 6, 7, 8, 9];

beforeAll(() => tf.setBackend('cpu'));

describe("PACT's activations", () => {
  it.each([
    [2, [0, 0, 0, 0.5, 0.5, 1, 1, 1.5, 1.5]],
    [4, [0, 0, 0.2, 0.3, 0.7, 0.8, 1.2, 1.5, 1.5]],
  ] as const)('reproduce the reference vectors at %i bits', (bits, expected) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const state = { alpha: tf.scalar(1.5) };
        expectClose(valuesOf(pactActivations({ bits }).quantize(tf.tensor1d(values), { state })), expected);
      }),
    ),
  );

  it.each([
    ['strict', 9],
    ['inclusive', 17],
  ] as const)('have the gradients of the paper, x = α %s, at few bits and at float', (boundary, expected) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        for (const bits of [2, 'float'] as const) {
          const quantizer = pactActivations({ bits, boundary });
          const quantize = (x: tf.Tensor, alpha: tf.Tensor) => quantizer.quantize(x, { state: { alpha } });
          const [dx, dAlpha] = tf.grads(quantize)([tf.tensor1d(values), tf.scalar(1.5)], tf.tensor1d(g));
          expect(valuesOf(dx!)).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 0]);
          expect(valuesOf(dAlpha!)).toEqual([expected]);
        }
      }),
    ),
  );

  it('keep the clip at float', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const state = { alpha: tf.scalar(1.5) };
        const clipped = pactActivations({ bits: 'float' }).quantize(tf.tensor1d(values), { state });
        expectClose(valuesOf(clipped), [0, 0, 0.2, 0.3, 0.74, 0.76, 1.2, 1.5, 1.5]);
      }),
    ));

  it('start at 6, decay, and stay above 0', () => {
    const [alpha] = pactActivations({ bits: 2 }).state!;
    expect(alpha).toMatchObject({ name: 'alpha', initial: 6, decay: 5e-4, minimum: 1e-3, trainable: true });
    const top = tf.tidy(() => pactActivations({ bits: 2 }).quantize(tf.scalar(9), { state: { alpha: tf.scalar(-1) } }));
    expectClose(valuesOf(top), [1e-3]);
  });

  it.each(['cpu', 'wasm'])('obey the law, with one α or one a channel, on %s', (backend) =>
    obeysTheLaw(backend, [
      (bits) => pactActivations({ bits, alpha: 0.7 }),
      (bits) => pactActivations({ bits, granularity: 'channel', alpha: 1.3 }),
    ]),
  );

  it('refuse what is out of range', () => {
    expect(() => pactActivations({ bits: 9 as 8 })).toThrow(/bits must be a whole number from 1 to 8.*received 9/);
    expect(() => pactActivations({ bits: 2, alpha: 0 })).toThrow(/'pact' \(activations\) at alpha.*received 0/);
    expect(() => pactActivations({ bits: 2, granularity: { group: 2 } as unknown as 'tensor' })).toThrow(
      /'tensor' or 'channel'; groups are of weights/,
    );
  });
});
