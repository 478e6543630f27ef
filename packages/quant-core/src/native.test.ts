import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { batchNormTraining, dorefaActivations } from './index.js';
import { ClipQuantize, ClipQuantizeGrad } from './kernels.js';
import { NativeBatchNorm, NativeBatchNormGrad } from './native.js';
import { bitsOf, expectClose, valuesOf } from './testing/helpers.js';

let missing: string | undefined;
beforeAll(async () => {
  try {
    await import('@tensorflow/tfjs-node');
  } catch (error) {
    missing = `no native TensorFlow (npm run native): ${(error as Error).message.split('\n')[0]}`;
  }
});
afterAll(() => tf.setBackend('cpu'));

async function onNative<T>(context: TestContext, body: () => T | Promise<T>): Promise<T> {
  if (missing) return context.skip(missing);
  await tf.setBackend('tensorflow');
  return leavesNoTensors(body);
}

/** What `body` gives on TensorFlow, and on the cpu backend with its compositions. */
async function both<T>(context: TestContext, body: () => T): Promise<[native: T, composition: T]> {
  const native = await onNative(context, body);
  // by the engine, since the tests of this package may run with 'cpu' standing for TensorFlow
  await tf.engine().setBackend('cpu');
  return [native, body()];
}

const float = fc.oneof(
  fc.float({ min: -1, max: 2, noNaN: true }).filter((value) => value === 0 || Math.abs(value) > 2 ** -120),
  fc.constantFrom(0, 1, 1 + 2 ** -23, 1 - 2 ** -24, 0.5, Infinity, -Infinity, 1.5 / 15),
);

describe('on native TensorFlow', () => {
  it.for([1, 2, 4, 8, 'float'] as const)('activations at %s bits are those of the cpu backend', (bits, context) =>
    fc.assert(
      fc.asyncProperty(fc.array(float, { minLength: 1, maxLength: 70 }), async (values) => {
        const [native, composition] = await both(context, () =>
          tf.tidy(() => {
            const x = tf.tensor1d(values, 'float32');
            const dy = tf.range(1, values.length + 1, 1, 'float32');
            const quantize = (v: tf.Tensor) => dorefaActivations({ bits }).quantize(v);
            return [quantize(x), tf.grad(quantize)(x, dy)].map((t) => [...t.dataSync<'float32'>()].map((v) => v + 0));
          }),
        );
        expect(native).toEqual(composition);
      }),
      { numRuns: 40, seed: 3 },
    ),
  );

  it('gives no −0 that could be told from the decoded 0', async (context) => {
    const values = await onNative(context, () =>
      valuesOf(
        tf.tidy(() =>
          dorefaActivations({ bits: 4 }).quantize(tf.tensor1d(new Array<number>(21).fill(-0).concat(-1, -1e-30))),
        ),
      ),
    );
    expect([...bitsOf(Float32Array.from(values))]).toEqual(new Array(23).fill(0));
  });

  it('batch normalization and its gradients are those of the cpu backend, for any number of axes', async (context) => {
    for (const shape of [
      [6, 5, 4, 3],
      [40, 7],
      [1, 3],
      [4, 9, 2],
    ]) {
      const [native, composition] = await both(context, () =>
        tf.tidy(() => {
          const [x, dy] = [1, 2].map((seed) => tf.randomNormal(shape, 1, 2, 'float32', seed)) as [tf.Tensor, tf.Tensor];
          const [gamma, beta] = [3, 4].map((seed) => tf.randomNormal([shape.at(-1)!], 1, 0.5, 'float32', seed)) as [
            tf.Tensor1D,
            tf.Tensor1D,
          ];
          const { y, mean, variance } = batchNormTraining(x, gamma, beta, 1e-3);
          const gradients = tf.grads((a, b, c) => batchNormTraining(a, b as tf.Tensor1D, c as tf.Tensor1D, 1e-3).y);
          return [y, mean, variance, ...gradients([x, gamma, beta], dy)].map((t) => [...t.dataSync<'float32'>()]);
        }),
      );
      native.forEach((each, i) => {
        const size = Math.max(1, ...composition[i]!.map(Math.abs));
        expectClose(each, composition[i]!, 1e-4 * size);
      });
    }
  });

  it('batch normalization keeps the variance where the mean is far from zero', async (context) => {
    const values = Float32Array.from({ length: 3000 }, (_, i) => 10_000 + ((i * 7919) % 1000) / 500);
    const exactMean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const exact = values.reduce((sum, v) => sum + (v - exactMean) ** 2, 0) / values.length;
    const variance = await onNative(context, () =>
      tf.tidy(() => {
        const [gamma, beta] = [tf.ones<tf.Rank.R1>([1]), tf.zeros<tf.Rank.R1>([1])];
        return batchNormTraining(tf.tensor2d(values, [3000, 1]), gamma, beta, 1e-3).variance.dataSync()[0]!;
      }),
    );
    expect(variance / exact).toBeCloseTo(1, 3);
  });

  it('one op each does the work', async (context) => {
    const profile = await onNative(context, () =>
      tf.profile(() =>
        tf.tidy(() => {
          const [gamma, beta] = [tf.ones<tf.Rank.R1>([2]), tf.zeros<tf.Rank.R1>([2])];
          const net = (x: tf.Tensor) =>
            dorefaActivations({ bits: 2 }).quantize(batchNormTraining(x, gamma, beta, 1e-3).y);
          tf.grad(net)(tf.ones([4, 2]));
        }),
      ),
    );
    const names = profile.kernels.map(({ name }) => name);
    const own = [NativeBatchNorm, NativeBatchNormGrad, ClipQuantize, ClipQuantizeGrad];
    expect(names).toEqual(expect.arrayContaining(own));
    expect(names).not.toContain('Select');
  });
});
