import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode, disposeEncoded, uniformActivations, uniformWeights } from '../index.js';
import { obeysTheLaw } from '../testing/families.js';
import { expectClose, valuesOf } from '../testing/helpers.js';

beforeAll(() => tf.setBackend('cpu'));

const quantized = (quantizer: ReturnType<typeof uniformWeights>, x: number[], range: Record<string, number>) =>
  valuesOf(
    tf.tidy(() => {
      const state = Object.fromEntries(Object.entries(range).map(([name, value]) => [name, tf.scalar(value)]));
      return quantizer.quantize(tf.tensor1d(x), { state });
    }),
  );

describe('uniform levels', () => {
  // specification "Quantizers" §14: Δ = 0.25, 3 bits; floor(v + 0.5) sends ties up
  it("are the dissertation's", () =>
    leavesNoTensors(() => {
      const x = [-2, -0.76, -0.625, -0.375, -0.125, 0, 0.1, 0.125, 0.375, 0.6, 2];
      const weights = uniformWeights({ bits: 3, rounding: 'half-up' });
      const up = [-0.75, -0.75, -0.5, -0.25, 0, 0, 0, 0.25, 0.5, 0.5, 0.75];
      expect(quantized(weights, x, { high: 0.75 })).toEqual(up);
      const even = [-0.75, -0.75, -0.5, -0.5, 0, 0, 0, 0, 0.5, 0.5, 0.75];
      expect(quantized(uniformWeights({ bits: 3 }), x, { high: 0.75 })).toEqual(even);
      const activations = uniformActivations({ bits: 3, range: 'positive', rounding: 'half-up' });
      expect(quantized(activations, [...x, 1.6], { high: 1.75 })).toEqual([
        ...[0, 0, 0, 0, 0, 0, 0, 0.25, 0.5, 0.5, 1.75, 1.5],
      ]);
    }));

  // by hand: the range [−1, 3] at 2 bits has s = 4/3, z = round(0.75) = 1; at 3 bits s = 4/7, z = round(1.75) = 2
  it('have a zero point that is whole, and 0 for a level', () =>
    leavesNoTensors(() => {
      const range = { low: -1, high: 3 };
      const x = [-9, -1, -0.1, 0, 0.9, 3, 9];
      const by = (s: number, codes: number[]) => codes.map((code) => code * s);
      expectClose(quantized(uniformActivations({ bits: 2 }), x, range), by(4 / 3, [-1, -1, 0, 0, 1, 2, 2]));
      expectClose(quantized(uniformActivations({ bits: 3 }), x, range), by(4 / 7, [-2, -2, 0, 0, 2, 5, 5]));
      // narrow: one code fewer, s = 4/6, z = round(1.5) = 2
      expectClose(
        quantized(uniformWeights({ bits: 3, range: 'affine', narrow: true }), x, range),
        by(4 / 6, [-2, -2, 0, 0, 1, 4, 4]),
      );
      // a range that 0 is not in is widened to take it in
      expectClose(quantized(uniformActivations({ bits: 2 }), [0, 2, 6], { low: 2, high: 6 }), [0, 2, 6]);
      expectClose(quantized(uniformActivations({ bits: 2 }), [0, -2, -6], { low: -6, high: -2 }), [0, -2, -6]);
    }));

  it('of a symmetric range reach as far on both sides, or one code further down', () =>
    leavesNoTensors(() => {
      const x = [-9, -1.2, 0, 1, 9];
      expectClose(quantized(uniformWeights({ bits: 2 }), x, { high: 1.5 }), [-1.5, -1.5, 0, 1.5, 1.5]);
      expectClose(quantized(uniformWeights({ bits: 2, narrow: false }), x, { high: 1.5 }), [-3, -1.5, 0, 1.5, 1.5]);
    }));

  it('pass the gradient between the lowest and the highest level', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const [low, high] = [tf.scalar(-1), tf.scalar(3)];
        // levels −4/3, 0, 4/3, 8/3
        const x = tf.tensor1d([-1.4, -4 / 3 + 1e-6, 0, 8 / 3 - 1e-6, 2.7]);
        const slope = (quantizer: ReturnType<typeof uniformWeights>) =>
          valuesOf(tf.grad((v) => quantizer.quantize(v, { state: { low, high } }))(x));
        expect(slope(uniformActivations({ bits: 2 }))).toEqual([0, 1, 1, 1, 0]);
        expect(slope(uniformActivations({ bits: 2, range: 'positive' }))).toEqual([0, 0, 1, 1, 1]);
        expect(slope(uniformActivations({ bits: 'float', range: 'positive' }))).toEqual([0, 0, 0, 1, 1]);
        expect(slope(uniformActivations({ bits: 'float' }))).toEqual([1, 1, 1, 1, 1]);
      }),
    ));

  it.each(['cpu', 'wasm'])('obey the law on %s', (backend) =>
    obeysTheLaw(
      backend,
      [
        (bits) => uniformWeights({ bits }),
        (bits) => uniformWeights({ bits, range: 'affine', narrow: true, granularity: 'channel', calibration: 'mse' }),
        (bits) => uniformWeights({ bits, granularity: 'channel', narrow: false, calibration: 'kl' }),
        (bits) => uniformActivations({ bits }),
        (bits) => uniformActivations({ bits, range: 'positive', calibration: 'percentile', rounding: 'half-up' }),
        (bits) => uniformActivations({ bits: 2, granularity: 'channel' }).withBits(bits),
      ],
      { leastBits: 2, trials: 40 },
    ),
  );

  it('have 0 among them for any data, and only it where there is nothing else', () =>
    leavesNoTensors(() => {
      const x = tf.zeros([4]);
      for (const quantizer of [uniformWeights({ bits: 2 }), uniformActivations({ bits: 8, calibration: 'mse' })])
        expect(valuesOf(quantizer.quantize(x))).toEqual([0, 0, 0, 0]);
      x.dispose();
      const constant = tf.fill([4], -2.5);
      for (const calibration of ['minmax', 'percentile', 'mse', 'kl'] as const)
        for (const quantizer of [
          uniformWeights({ bits: 3, calibration }),
          uniformActivations({ bits: 3, calibration }),
        ])
          expectClose(valuesOf(quantizer.quantize(constant)), [-2.5, -2.5, -2.5, -2.5], 1e-2);
      constant.dispose();
    }));

  it.each(['tensor', 'channel', { group: 2 }] as const)('have a range for each %j', (granularity) =>
    leavesNoTensors(() => {
      const w = tf.randomNormal([3, 3, 4, 6], 0, 1, 'float32', 1);
      for (const [range, calibration] of [
        ['symmetric', 'minmax'],
        ['affine', 'percentile'],
      ] as const) {
        const quantizer = uniformWeights({ bits: 3, granularity, range, calibration });
        for (const channelAxis of [3, 2]) {
          const encoded = quantizer.encode(w, { channelAxis });
          expect(valuesOf(decode(encoded))).toEqual(valuesOf(quantizer.quantize(w, { channelAxis })));
          disposeEncoded(encoded);
        }
      }
      w.dispose();
    }),
  );

  it('follow the data by a moving average in training', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const x = tf.tensor2d([
          [-1, 2],
          [0.5, 1],
        ]);
        const at = (granularity: 'tensor' | 'channel') => uniformActivations({ bits: 4, momentum: 0.75, granularity });
        const whole = at('tensor').update!(x, { state: { low: tf.scalar(0), high: tf.scalar(4) } });
        expectClose([...valuesOf(whole.low!), ...valuesOf(whole.high!)], [-0.25, 3.5]);
        const each = at('channel').update!(x, { state: { low: tf.zeros([2]), high: tf.zeros([2]) } });
        expectClose([...valuesOf(each.low!), ...valuesOf(each.high!)], [-0.25, 0, 0.125, 0.5]);
        const weights = uniformWeights({ bits: 4, momentum: 0 }).update!(tf.tensor1d([-3, 1]), {
          state: { high: tf.scalar(1) },
        });
        expectClose(valuesOf(weights.high!), [3]);
        expect(uniformWeights({ bits: 4 }).update).toBeUndefined();
      }),
    ));

  it('refuse what they cannot do', () => {
    for (const bits of [0, 9, 2.5, '2'])
      expect(() => uniformWeights({ bits } as never)).toThrow(/bits must be a whole number from 1 to 8, or "float"/);
    expect(() => uniformWeights({ bits: 1 })).toThrow(/one bit leaves a narrow range no level above 0.*received 1/);
    expect(() => uniformActivations({ bits: 1, range: 'symmetric' })).toThrow(/one bit leaves a symmetric range/);
    expect(() => uniformWeights({ bits: 2, range: 'positive' } as never)).toThrow(/weights is 'symmetric' or 'affine'/);
    expect(() => uniformActivations({ bits: 2, percentile: 0.99 })).toThrow(/percentile, received 0.99/);
    expect(() => uniformActivations({ bits: 2, granularity: { group: 2 } } as never)).toThrow(/groups are of weights/);
  });
});
