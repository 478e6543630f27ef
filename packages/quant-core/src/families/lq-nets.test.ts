import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode, disposeEncoded, lqNetsActivations, lqNetsWeights } from '../index.js';
import { obeysTheLaw } from '../testing/families.js';
import { expectClose, valuesOf } from '../testing/helpers.js';

beforeAll(() => tf.setBackend('cpu'));

// specification "Quantizers" §7
const a = [0, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.3, 2];
const w = [-0.8, -0.5, -0.3, -0.1, 0.05, 0.2, 0.4, 0.9];

describe('LQ-Nets', () => {
  it.each(['cpu', 'wasm'])('reproduces the reference vectors of activations on %s', async (backend) => {
    await tf.setBackend(backend);
    await leavesNoTensors(() =>
      tf.tidy(() => {
        const x = tf.tensor1d(a);
        const quantizer = lqNetsActivations({ bits: 2 });
        const calibrator = quantizer.calibrator!();
        calibrator.observe(x);
        const state = calibrator.state();
        calibrator.dispose();
        expectClose([...state.basis!.dataSync()], [0.449667, 0.899333]);
        const encoded = quantizer.encode(x, { state });
        expectClose(valuesOf(encoded.codebook), [0, 0.449667, 0.899333, 1.349]);
        expect(valuesOf(encoded.codes)).toEqual([0, 0, 0, 1, 1, 2, 2, 3, 3]);
        const mask = tf.grad((v) => quantizer.quantize(v, { state }))(tf.tensor1d([...a, -0.1]));
        expect(valuesOf(mask)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
        expectClose(valuesOf(quantizer.update!(x, { state }).basis!), [0.461367, 0.903567]);
        const full = lqNetsActivations({ bits: 2, average: 0 });
        expectClose(valuesOf(full.update!(x, { state }).basis!), [0.566667, 0.941667]);
      }),
    );
    await tf.setBackend('cpu');
  });

  it('reproduces the reference vectors of weights, of one channel and of each of several', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const quantizer = lqNetsWeights({ bits: 2 });
        const y = [-0.55, -0.55, -0.25, -0.25, 0.25, 0.25, 0.25, 0.55];
        // the second channel is the first times −2, moved off the thresholds to the same side
        const x = tf.tensor2d(w.map((v) => [v - 1e-6, 1e-6 - 2 * v]));
        const state = { basis: tf.tensor2d([0.15, 0.4, 0.3, 0.8], [2, 2]) };
        expectClose(
          valuesOf(quantizer.quantize(x, { state })),
          y.flatMap((v) => [v, -2 * v]),
        );
        expectClose(valuesOf(quantizer.update!(x, { state }).basis!), [0.161166, 0.407167, 0.322332, 0.814334]);
        const dw = tf.grad((v) => quantizer.quantize(v, { state }))(x);
        expect(valuesOf(dw)).toEqual(Array.from({ length: 16 }, () => 1));
      }),
    ));

  it('lessens the error by full iterations, as the reference does', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const quantizer = lqNetsWeights({ bits: 2, average: 0, granularity: 'tensor' });
        const x = tf.tensor1d(w);
        let state = { basis: tf.tensor1d([0.15, 0.4]) as tf.Tensor };
        const error = () => tf.mean(tf.squaredDifference(quantizer.quantize(x, { state }), x)).dataSync()[0]!;
        expectClose([error()], [0.034687]);
        for (let i = 0; i < 20; i++) state = { basis: quantizer.update!(x, { state }).basis! };
        expectClose([error()], [0.021083]);
      }),
    ));

  it('starts as the paper has it, from the shape of the kernel, or from the data', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const startOf = (initial: 'normal' | 'data', kernel: tf.Tensor) => {
          const calibrator = lqNetsWeights({ bits: 2, initial }).calibrator!();
          calibrator.observe(kernel);
          const { basis } = calibrator.state();
          calibrator.dispose();
          expect(basis!.shape).toEqual([16, 2]);
          return valuesOf(basis!);
        };
        const kernel = tf.randomNormal([3, 3, 8, 16], 0, 0.3, 'float32', 1);
        expectClose(startOf('normal', kernel).slice(-2), [0.039745, 0.079491]);
        // the best levels of a normal distribution by 2 bits lie at 0.453 and 1.510 deviations: a basis of 0.53 and 0.98 of them
        const mean = startOf('data', kernel).reduce((sum, v, i) => sum.with(i % 2, sum[i % 2]! + v / 16 / 0.3), [0, 0]);
        expectClose(mean, [0.5286, 0.9816], 0.1);
      }),
    ));

  it('keeps a basis that the data cannot say', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const quantizer = lqNetsActivations({ bits: 2, average: 0 });
        const state = { basis: tf.tensor1d([0.45, 0.9]) };
        for (const x of [[0, 0, 0], [0.5, 0.4], [-1]])
          expectClose(valuesOf(quantizer.update!(tf.tensor1d(x), { state }).basis!), [0.45, 0.9]);
      }),
    ));

  it('fits a basis of another length to what it is asked for at other bits', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const made = lqNetsActivations({ bits: 2 });
        const x = tf.randomUniform([512], 0, 2, 'float32', 3);
        const state = { basis: tf.tensor1d([0.6, 1.2]) };
        const error = (bits: 1 | 2 | 3 | 5) =>
          tf.mean(tf.abs(tf.sub(made.withBits(bits).quantize(x, { state }), x))).dataSync()[0]!;
        expect(error(1)).toBeGreaterThan(error(2));
        expect(error(3)).toBeLessThan(error(2));
        expect(error(5)).toBeLessThan(0.5 * error(3));
        expect(made.withBits(3).update).toBeUndefined();
        expect(made.withBits('float').update).toBeUndefined();
        expect(made.withBits(3).withBits(2).update).toBeDefined();
      }),
    ));

  it.each(['cpu', 'wasm'])('obeys the law on %s', (backend) =>
    obeysTheLaw(
      backend,
      [
        (bits) => lqNetsWeights({ bits }),
        (bits) => lqNetsWeights({ bits, granularity: 'tensor', initial: 'data' }),
        (bits) => lqNetsActivations({ bits }),
        (bits) => lqNetsActivations({ bits: 2, granularity: 'channel' }).withBits(bits),
      ],
      { trials: 16 },
    ),
  );

  it('has levels for each group', () =>
    leavesNoTensors(() => {
      const quantizer = lqNetsWeights({ bits: 2, granularity: { group: 2 }, initial: 'data' });
      const kernel = tf.randomNormal([3, 3, 4, 6], 0, 1, 'float32', 1);
      const encoded = quantizer.encode(kernel);
      expect(encoded.codebook.shape).toEqual([1, 1, 2, 6, 4]);
      expect(valuesOf(decode(encoded))).toEqual(valuesOf(quantizer.quantize(kernel)));
      disposeEncoded(encoded);
      kernel.dispose();
    }));

  it('keeps nothing of an update for the gradient', () =>
    leavesNoTensors(() => {
      const quantizer = lqNetsActivations({ bits: 2 });
      const x = tf.randomUniform([64, 64], 0, 2, 'float32', 3);
      const state = { basis: tf.tensor1d([0.6, 1.2]) };
      const kept = (updates: boolean) => {
        let bytes = 0;
        const gradient = tf.grad((v) => {
          const y = quantizer.quantize(v, { state });
          if (updates) tf.dispose(quantizer.update!(v, { state }));
          bytes = tf.memory().numBytes;
          return y;
        })(x);
        gradient.dispose();
        return bytes;
      };
      // one plane of x's digits would be 16 KiB
      expect(kept(true) - kept(false)).toBeLessThan(64);
      tf.dispose([x, state]);
    }));

  it('refuses what is out of range', () => {
    expect(() => lqNetsWeights({ bits: 0 as 1 })).toThrow(/bits must be a whole number from 1 to 8.*received 0/);
    expect(() => lqNetsActivations({ bits: 2, average: 2 })).toThrow(
      /'lq-nets' \(activations\) at average, received 2/,
    );
  });
});
