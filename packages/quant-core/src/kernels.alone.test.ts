import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { batchNormTraining, dorefaActivations, dorefaWeights } from './index.js';
import { DorefaBinarize, DorefaQuantize, DorefaQuantizeGrad } from './dorefa/kernels.js';
import { BatchNormStatistics, BatchNormTrainingGrad, ClipQuantize, ClipQuantizeGrad, hasKernels } from './kernels.js';
import { bitsOf, expectClose } from './testing/helpers.js';
import { both, kernelNames } from './testing/kernels.js';

beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.setBackend('cpu'));

// TF.js's own clip turns −0 to 0 and a NaN to a number: both are left to tests of their own
const float = fc.oneof(
  fc.float({ min: -1, max: 2, noNaN: true }),
  fc.constantFrom(0, 1, 0.5, Infinity, -Infinity, 2 ** -149, 1.5 / 15),
);

describe('the clip and rounding in one pass', () => {
  it.each([1, 2, 4, 8, 'float'] as const)('gives the bits of the composition at %s bits', (bits) =>
    leavesNoTensors(() =>
      fc.assert(
        fc.asyncProperty(fc.array(float, { maxLength: 70 }), async (values) => {
          const [own, composed] = await both(() =>
            tf.tidy(() => {
              const x = tf.tensor1d(values, 'float32');
              const dy = tf.range(1, values.length + 1, 1, 'float32');
              const quantize = (v: tf.Tensor) => dorefaActivations({ bits }).quantize(v);
              return [quantize(x), tf.grad(quantize)(x, dy)].map((t) => [...bitsOf(t.dataSync<'float32'>())]);
            }),
          );
          expect(own).toEqual(composed);
        }),
        { numRuns: 60, seed: 3 },
      ),
    ),
  );

  it('gives no −0 that could be told from the decoded 0', () => {
    const y = tf.tidy(() =>
      dorefaActivations({ bits: 4 })
        .quantize(tf.tensor1d([-0, -1, -1e-30]))
        .dataSync(),
    );
    expect([...y].map((value) => Object.is(value, 0))).toEqual([true, true, true]);
  });

  it('keeps a NaN, which passes no gradient', () => {
    const x = tf.tensor1d([NaN, 0.3]);
    const [y, dx] = tf.tidy(() => {
      const quantize = (v: tf.Tensor) => dorefaActivations({ bits: 2 }).quantize(v);
      return [quantize(x), tf.grad(quantize)(x)].map((t) => [...t.dataSync<'float32'>()]);
    });
    expect([y, dx]).toEqual([
      [NaN, Math.fround(1 / 3)],
      [0, 1],
    ]);
    x.dispose();
  });

  it('is what runs', async () => {
    const x = tf.tensor1d([0.3]);
    const names = await kernelNames(() => tf.grad((v) => dorefaActivations({ bits: 4 }).quantize(v))(x));
    expect(names).toEqual(expect.arrayContaining([ClipQuantize, ClipQuantizeGrad]));
    expect(names).not.toContain('Round');
    x.dispose();
  });
});

describe("DoReFa's weights in one pass", () => {
  const value = fc.oneof(
    { arbitrary: fc.float({ min: -2, max: 2, noNaN: true }), weight: 6 },
    { arbitrary: fc.float({ noNaN: true }), weight: 2 },
    { arbitrary: fc.constantFrom(0, -0, 0.75, -0.75, Infinity, -Infinity, NaN, 2 ** -149), weight: 1 },
  );
  // TF.js's own Sign, which the composition's gradient asks at the maximum, takes what is below 1e-7 for 0
  const weight = value.map((each) => (Math.abs(each) < 1e-6 ? each * 0 : each));
  const weights = fc.oneof(
    fc.array(fc.tuple(weight, value), { maxLength: 21 }),
    fc.array(fc.tuple(fc.constantFrom(0, 0.5, -0.5), value), { maxLength: 9 }),
  );

  it.each([1, 2, 3, 4, 8] as const)('give the bits of the composition at %i bits, and so do their gradients', (bits) =>
    leavesNoTensors(() =>
      fc.assert(
        fc.asyncProperty(weights, fc.constantFrom('flow', 'constant'), async (pairs, maxGradient) => {
          const [own, composed] = await both(() =>
            tf.tidy(() => {
              const [w, dy] = [0, 1].map((i) =>
                tf.tensor1d(
                  pairs.map((pair) => pair[i]!),
                  'float32',
                ),
              ) as [tf.Tensor, tf.Tensor];
              const quantize = (v: tf.Tensor) => dorefaWeights({ bits, maxGradient }).quantize(v);
              return [quantize(w), tf.grad(quantize)(w, dy)].map((t) => Array.from(t.dataSync(), signed));
            }),
          );
          expect(own).toEqual(composed);
        }),
        { numRuns: 150, seed: 11 },
      ),
    ),
  );

  it.each([
    [1, [DorefaBinarize]],
    [4, [DorefaQuantize, DorefaQuantizeGrad]],
  ] as const)('are one kernel each way at %i bits', async (bits, expected) => {
    const [w, dy] = [tf.tensor2d([[0.3, -0.1]]), tf.ones([1, 2])];
    const names = await kernelNames(() => tf.grad((v) => dorefaWeights({ bits }).quantize(v))(w, dy));
    // clones share their data; 'forward' is the op as a whole
    expect(names.filter((name) => name !== 'Identity' && name !== 'forward')).toEqual(expected);
    tf.dispose([w, dy]);
  });

  it('have the bits of the composition where many add up', async () => {
    const w = tf.randomNormal([64, 259], 0, 1, 'float32', 5);
    for (const bits of [1, 4] as const) {
      const [own, composed] = await both(() =>
        tf.tidy(() => {
          const quantize = (v: tf.Tensor) => dorefaWeights({ bits }).quantize(v);
          return [quantize(w), tf.grad(quantize)(w, w)].map((t) => [...bitsOf(t.dataSync<'float32'>())]);
        }),
      );
      expect(own).toEqual(composed);
    }
    w.dispose();
  });
});

/** A value that tells −0 from 0. */
function signed(value: number): number | string {
  return Object.is(value, -0) ? '-0' : value;
}

describe('batch normalization', () => {
  const results = (values: Float32Array, shape: number[], seed: number) =>
    tf.tidy(() => {
      const channels = shape.at(-1)!;
      const x = tf.tensor(values, shape);
      const dy = tf.randomNormal(shape, 0, 1, 'float32', seed);
      const [gamma, beta] = [1, 2].map((i) => tf.randomNormal([channels], 1, 0.5, 'float32', seed + i)) as [
        tf.Tensor1D,
        tf.Tensor1D,
      ];
      const { y, mean, variance } = batchNormTraining(x, gamma, beta, 1e-3);
      const gradients = tf.grads((a, b, c) => batchNormTraining(a, b as tf.Tensor1D, c as tf.Tensor1D, 1e-3).y);
      return [y, mean, variance, ...gradients([x, gamma, beta], dy)].map((t) => [...t.dataSync<'float32'>()]);
    });

  it('is what the composition is, on any number of rows and channels', () =>
    leavesNoTensors(() =>
      fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 150 }),
          fc.integer({ min: 1, max: 37 }),
          fc.integer({ min: 1, max: 999 }),
          async (rows, channels, seed) => {
            const values = tf.tidy(() =>
              tf.randomNormal([rows, channels], 2, 3, 'float32', seed).dataSync<'float32'>().slice(),
            );
            const [own, composed] = await both(() => results(values, [rows, 1, channels], seed));
            own.forEach((each, i) => {
              const size = Math.max(1, ...composed[i]!.map(Math.abs));
              expectClose(each, composed[i]!, 2e-4 * size);
            });
          },
        ),
        { numRuns: 40, seed: 5 },
      ),
    ));

  it('keeps the variance where the mean is far from zero, as float64 has it', () => {
    const values = Float32Array.from({ length: 3000 }, (_, i) => 10_000 + ((i * 7919) % 1000) / 500);
    values[0] = 0; // a first value that is far off must not spoil the rest
    const exactMean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const exact = values.reduce((sum, v) => sum + (v - exactMean) ** 2, 0) / values.length;
    const [, mean, variance] = results(values, [3000, 1], 1);
    expect(mean![0]! / exactMean).toBeCloseTo(1, 6);
    expect(variance![0]! / exact).toBeCloseTo(1, 4);
  });

  it('runs the kernels, and hands a NaN to its channel alone', async () => {
    const values = Float32Array.from({ length: 40 }, (_, i) => i);
    values[5] = NaN;
    const [y] = results(values, [2, 20], 1);
    expect(y!.map(Number.isNaN)).toEqual(Array.from({ length: 40 }, (_, i) => i % 20 === 5));
    const names = await kernelNames(() => results(values, [2, 20], 1));
    expect(names).toEqual(expect.arrayContaining([BatchNormStatistics, BatchNormTrainingGrad]));
  });
});

describe('in debug mode', () => {
  it('a call that the kernels do not take says so once', async () => {
    const said: string[] = [];
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    vi.spyOn(console, 'warn').mockImplementation((text: string) => void said.push(text));
    const x = tf.tensor1d([0.3]);
    const integers = tf.tensor1d([1], 'int32');
    const calls = () =>
      both(() => {
        tf.dispose(dorefaActivations({ bits: 4 }).quantize(x));
        return hasKernels(integers, ClipQuantize);
      });
    try {
      expect(await calls()).toEqual([false, false]);
      expect(said).toEqual([]);
      tf.env().set('DEBUG', true);
      for (let i = 0; i < 2; i++) await calls();
    } finally {
      tf.env().set('DEBUG', false);
      vi.restoreAllMocks();
    }
    tf.dispose([x, integers]);
    const rest = 'has no fast kernel here; a composition of core ops runs';
    expect(said.filter((text) => text.includes('fast kernel'))).toEqual([
      `ClipQuantize (dtype int32) ${rest}`,
      `ClipQuantize (a backend with other memory) ${rest}`,
    ]);
  });
});
