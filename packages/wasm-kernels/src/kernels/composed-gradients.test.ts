import '../index.js';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { on } from '../testing.js';
import { BatchNormGradient } from './batch-norm-gradient.js';
import { SquareGradient } from './pass-gradients.js';

beforeAll(() => tf.setBackend('wasm'));

const random = (shape: number[], seed: number, mean = 0) => tf.randomNormal(shape, mean, 1, 'float32', seed);

async function kernelsOf(run: () => void): Promise<string[]> {
  tf.setBackend('wasm');
  return (await tf.profile(() => tf.tidy(run))).kernels.map(({ name }) => name);
}

function expectClose(make: () => tf.Tensor, digits = 4): void {
  const [ours, theirs] = [on('wasm', make), on('cpu', make)];
  expect(ours.shape).toEqual(theirs.shape);
  const size = Math.max(1, ...theirs.values.map(Math.abs));
  ours.values.forEach((value, i) => expect(value / size).toBeCloseTo(theirs.values[i]! / size, digits));
}

describe('the gradient of a batch norm', () => {
  const INPUTS = ['x', 'mean', 'variance', 'offset', 'scale'] as const;
  const make = (shape: number[], mean = 0) => {
    const channels = shape.at(-1)!;
    return [
      random(shape, 1, mean),
      random([channels], 2, mean),
      tf.abs(random([channels], 3)),
      random([channels], 4),
      random([channels], 5),
    ] as const;
  };
  const norm = (x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, offset: tf.Tensor, scale: tf.Tensor) =>
    tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D, 0.01);
  const gradient = (shape: number[], k: number, mean = 0) => {
    const dys = random(shape, 6);
    const f = (...inputs: tf.Tensor[]) => norm(...(inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]));
    return tf.grads(f)([...make(shape, mean)], dys)[k]!;
  };

  it('is that of the cpu backend', () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 19 }),
    );
    fc.assert(
      fc.property(sizes, ([batch, side, channels]) => {
        for (const k of INPUTS.keys()) expectClose(() => gradient([batch, side, side, channels], k));
      }),
      { numRuns: 25 },
    );
  });

  it('adds up many numbers without losing any to rounding, also far from zero', () => {
    for (const k of INPUTS.keys()) expectClose(() => gradient([8, 33, 33, 5], k, 100), 3);
  });

  it('of layers of other ranks', () => {
    for (const shape of [
      [7, 3],
      [2, 5, 9],
    ])
      for (const k of INPUTS.keys()) expectClose(() => gradient(shape, k));
  });

  it('is one pass; where statistics are no list of channels it is that of TF.js', async () => {
    const names = await kernelsOf(() => void gradient([2, 4, 4, 8], 0));
    expect(names).toContain(BatchNormGradient);
    expect(names).not.toContain('Tile');
    const whole = () => {
      const [x, mean, variance, offset, scale] = [1, 2, 3, 4, 5].map(
        (seed) => random([2, 3, 3, 2], seed) as tf.Tensor4D,
      );
      return tf.grad((v) => tf.batchNorm4d(v as tf.Tensor4D, mean!, tf.abs(variance!), offset, scale))(x!);
    };
    expect(await kernelsOf(() => void whole())).not.toContain(BatchNormGradient);
    expectClose(whole);
  });

  it('has a gradient itself', () => {
    const shape = [2, 3, 3, 4];
    for (const k of INPUTS.keys()) {
      expectClose(() => {
        const inputs = make(shape);
        const loss = (input: tf.Tensor) => {
          const given = inputs.map((each, i) => (i === k ? input : each));
          const cubed = (x: tf.Tensor) => tf.pow(norm(x, given[1]!, given[2]!, given[3]!, given[4]), 3);
          const weights = random(shape, 7);
          return tf.sum(tf.mul(tf.grad(cubed)(given[0]!), weights)) as tf.Scalar;
        };
        return tf.grad(loss)(inputs[k]!);
      }, 3);
    }
  });
});

describe('the gradients of sum and mean', () => {
  const CASES: [shape: number[], axes: number[] | undefined, keepDims: boolean][] = [
    [[2, 3, 4], undefined, false],
    [[2, 3, 4], [0, 1], false],
    [[2, 3, 4], [2], true],
    [[2, 3, 4], [1], false],
    [[2, 3, 4], [0, 2], true],
    [[2, 3, 4], [], false],
    [[5], [0], false],
    [[2, 0, 3], [0], false],
  ];

  it.each(CASES)('of %j over %j, dimensions kept: %s: the bits of the cpu backend', (shape, axes, keepDims) => {
    for (const reduce of [tf.sum, tf.mean]) {
      const f = (x: tf.Tensor) => reduce(x, axes, keepDims);
      const make = () => tf.grad(f)(random(shape, 1), random(f(random(shape, 1)).shape, 2));
      expect(on('wasm', make)).toEqual(on('cpu', make));
    }
  });

  it('make nothing of the size of the input but the gradient, and have gradients themselves', async () => {
    const x = random([64, 16], 1);
    const names = await kernelsOf(() => void tf.grad((v) => tf.mean(v, 0))(x));
    expect(names).not.toContain('Multiply');
    expectClose(() => tf.grad((v) => tf.grad((u) => tf.pow(tf.mean(u, 0), 3))(v))(random([4, 3], 1)));
    x.dispose();
  });
});

describe('the gradient of a square', () => {
  it('is that of the cpu backend, bit for bit, in one pass, and has a gradient itself', async () => {
    for (const size of [0, 1, 3, 4, 21]) {
      const make = () => tf.grad((x) => tf.square(x))(random([size], 1), random([size], 2));
      expect(on('wasm', make)).toEqual(on('cpu', make));
    }
    const names = await kernelsOf(() => void tf.grad((x) => tf.square(x))(tf.tensor1d([1, 2])));
    expect(names).toContain(SquareGradient);
    expect(names).not.toContain('Multiply');
    expectClose(() => tf.grad((v) => tf.grad((u) => tf.square(tf.square(u)))(v))(random([9], 1)));
  });
});
