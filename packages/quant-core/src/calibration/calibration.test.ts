import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { uniformActivations, uniformWeights } from '../index.js';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { entropyClip } from './entropy.js';
import { Histogram } from './histogram.js';

beforeAll(() => tf.setBackend('cpu'));

type Quantizer = ReturnType<typeof uniformWeights>;

/** The state that a calibrator makes of batches, which are disposed of. */
function calibrated(quantizer: Quantizer, batches: tf.Tensor[]): Record<string, number[]> {
  const calibrator = quantizer.calibrator!();
  try {
    for (const batch of batches) calibrator.observe(batch);
    const state = calibrator.state();
    return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, valuesOf(value)]));
  } finally {
    calibrator.dispose();
    tf.dispose(batches);
  }
}

const normal = (size: number, seed: number) => tf.randomNormal([size], 0, 1, 'float32', seed);

describe('a histogram', () => {
  it('widens, and holds what it would hold had it been as wide at first', () =>
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 9 }), {
          minLength: 1,
          maxLength: 5,
        }),
        (batches) => {
          const streamed = new Histogram(64);
          for (const batch of batches) streamed.add(Float32Array.from(batch));
          const all = Float32Array.from(batches.flat());
          const counts = new Float64Array(128);
          for (const value of all) {
            const bin = streamed.width > 0 ? Math.floor(value / streamed.width) : 0;
            counts[Math.max(-64, Math.min(bin, 63)) + 64]!++;
          }
          expect([streamed.min, streamed.max]).toEqual([Math.min(...all), Math.max(...all)].map((v) => v));
          const total = streamed.counts.reduce((sum, count) => sum + count, 0);
          expect(total).toBe(all.length);
          // what lay on the edge of the widest bin stays in it
          const moved = streamed.counts.reduce((sum, count, i) => sum + Math.abs(count - counts[i]!), 0) / 2;
          expect(moved).toBeLessThanOrEqual(batches.length - 1);
        },
      ),
      { numRuns: 300, seed: 1 },
    ));

  it('knows its quantiles', () => {
    const histogram = new Histogram(2048);
    histogram.add(Float32Array.from({ length: 1001 }, (_, i) => i / 100));
    expect(histogram.quantile(0.5)).toBeCloseTo(5, 1);
    expect(histogram.magnitude(0.99, 'both')).toBeCloseTo(9.9, 1);
    expect([histogram.quantile(0), histogram.quantile(1)]).toEqual([0, 10]);
  });
});

describe('calibration', () => {
  it('by minimum and maximum sees all batches', () =>
    leavesNoTensors(() => {
      const batches = () => [tf.tensor1d([1, -2]), tf.tensor1d([]), tf.tensor1d([0.5, 3])];
      expect(calibrated(uniformActivations({ bits: 4 }), batches())).toEqual({ low: [-2], high: [3] });
      expect(calibrated(uniformWeights({ bits: 4 }), batches())).toEqual({ high: [3] });
      expect(calibrated(uniformActivations({ bits: 4, range: 'positive' }), [tf.tensor1d([-1])])).toEqual({
        high: [0],
      });
    }));

  it('by percentile leaves out the share that it is told to', () =>
    leavesNoTensors(() => {
      const batches = () =>
        [0, 1, 2, 3].map((i) => tf.tensor1d(Float32Array.from({ length: 250 }, (_, j) => 4 * j + i)));
      const at = (percentile: number, range: 'affine' | 'positive') =>
        calibrated(uniformActivations({ bits: 8, calibration: 'percentile', percentile, range }), batches());
      expectClose(at(99, 'positive').high!, [990], 1);
      expectClose(at(100, 'positive').high!, [999]);
      const both = calibrated(uniformActivations({ bits: 8, calibration: 'percentile', percentile: 90 }), [
        tf.linspace(-10, 30, 4001),
      ]);
      expectClose([...both.low!, ...both.high!], [-6, 26], 0.1);
    }));

  // specification §13: Δ = 1.221 and 0.648 have the least squared error on a unit Gaussian, for 3 and 7 levels
  it.each([
    [2, 1.221],
    [3, 3 * 0.648],
  ] as const)('by squared error finds the best clip of a Gaussian at %i bits', (bits, expected) =>
    leavesNoTensors(() => {
      const batches = Array.from({ length: 8 }, (_, i) => normal(20000, i + 1));
      const { high } = calibrated(uniformWeights({ bits, calibration: 'mse' }), batches);
      expect(high![0]! / expected).toBeGreaterThan(0.96);
      expect(high![0]! / expected).toBeLessThan(1.04);
    }),
  );

  it('by squared error clips each end of an affine range by itself', () =>
    leavesNoTensors(() => {
      // the far values are few; only those below 0 are worth clipping
      const x = tf.tidy(() => tf.concat([tf.linspace(-1, 4, 5000), tf.tensor1d([-6])]));
      const { low, high } = calibrated(uniformActivations({ bits: 4, calibration: 'mse' }), [x]);
      expect(low![0]!).toBeGreaterThan(-3);
      expect(high![0]!).toBeGreaterThan(3.5);
    }));

  it('by divergence clips a long tail, and nothing of what is even', () =>
    leavesNoTensors(() => {
      const positive = () => uniformActivations({ bits: 8, range: 'positive', calibration: 'kl' });
      const tail = tf.tidy(() => tf.concat([tf.abs(normal(50000, 3)), tf.tensor1d([90, 100])]));
      const { high } = calibrated(positive(), [tail]);
      expect(high![0]!).toBeGreaterThan(2);
      expect(high![0]!).toBeLessThan(20);
      expectClose(calibrated(positive(), [tf.linspace(0, 1, 4096)]).high!, [1], 0.01);
      const both = calibrated(uniformActivations({ bits: 8, calibration: 'kl' }), [normal(20000, 1)]);
      expect(both.low![0]! + both.high![0]!).toBeLessThan(0.5);
    }));

  it('by divergence does what the definition does, on counts that are worked out by hand', () => {
    // 2 levels on 4 bins lose something; on 2 bins, with what is clipped at the last, they lose nothing
    expect(entropyClip(Float64Array.from([4, 4, 0, 0]), 2)).toBe(2);
    // P = [2, 2, 2, 10] and Q the same for 4 levels: clipping would lose
    expect(entropyClip(Float64Array.from([2, 2, 2, 10]), 4)).toBe(4);
    expect(entropyClip(new Float64Array(8), 2)).toBe(0);
  });

  it('of several channels keeps them apart, in bounded memory', () =>
    leavesNoTensors(() => {
      for (const calibration of ['minmax', 'percentile', 'mse'] as const) {
        const quantizer = uniformWeights({ bits: 8, granularity: 'channel', calibration, percentile: 100 });
        const scales = tf.range(1, 5);
        const batches = [1, 2].map((seed) =>
          tf.tidy(() => tf.mul(tf.randomUniform([500, 4], -1, 1, 'float32', seed), scales)),
        );
        expectClose(calibrated(quantizer, batches).high!, [1, 2, 3, 4], 0.15);
        scales.dispose();
      }
    }));

  it('says what is wrong with its data', () =>
    leavesNoTensors(() => {
      const channels = uniformActivations({ bits: 4, granularity: 'channel' });
      expect(() => calibrated(channels, [])).toThrow(/nothing to calibrate on.*'uniform' \(activations\)/);
      expect(() => calibrated(channels, [tf.zeros([0, 3])])).toThrow(/nothing to calibrate on/);
      expect(() => calibrated(channels, [tf.zeros([2, 3]), tf.zeros([2, 4])])).toThrow(
        /same channels.*\[4\] after \[3\]/,
      );
      for (const bad of [NaN, Infinity, -Infinity])
        for (const calibration of ['minmax', 'kl'] as const)
          expect(() => calibrated(uniformActivations({ bits: 4, calibration }), [tf.tensor1d([1, bad])])).toThrow(
            /NaN or an infinity cannot be calibrated on.*batch of shape \[2\]/,
          );
    }));
});
