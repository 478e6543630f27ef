import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { exp } from '../elementary.js';
import { evaluate, expectClose, floats, random, seeds, upTo, weights } from '../testing/nodes.js';

beforeAll(() => tf.setBackend('cpu'));

const shapes = fc.array(upTo(5), { minLength: 1, maxLength: 3 });
const { fround } = Math;

describe('softmax', () => {
  it('is that of TensorFlow.js', () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const x = random(shape, seed).map((value) => 8 * value);
        tf.tidy(() =>
          expectClose(evaluate('softmax', {}, [floats(shape, x)]), shape, tf.softmax(tf.tensor(x, shape)).dataSync()),
        );
      }),
    );
  });

  it('is quotients of exponentials and their sum, each rounded', () => {
    const [a, b] = [exp(fround(fround(0.1) - 2)), exp(-1)];
    const total = fround(fround(a + 1) + b);
    const y = evaluate('softmax', {}, [floats([3], [0.1, 2, 1])]);
    expect([...y.data]).toEqual([fround(a / total), fround(1 / total), fround(b / total)]);
  });

  it('stands large numbers; a NaN spoils its row only', () => {
    const y = evaluate('softmax', {}, [floats([2, 2], [3e38, -3e38, NaN, 0])]);
    expect([...y.data]).toEqual([1, 0, NaN, NaN]);
  });
});

describe('layerNorm', () => {
  it('normalizes the last axis', () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const width = shape.at(-1)!;
        const [x, g, b] = [random(shape, seed), random([width], seed + 1), random([width], seed + 2)];
        const parameters = { g: weights([width], g), b: weights([width], b) };
        const y = evaluate('layerNorm', { epsilon: 1e-2, gamma: 'g', beta: 'b' }, [floats(shape, x)], parameters);
        tf.tidy(() => {
          const { mean, variance } = tf.moments(tf.tensor(x, shape), -1, true);
          const normal = tf.div(tf.sub(tf.tensor(x, shape), mean), tf.sqrt(tf.add(variance, 1e-2)));
          expectClose(y, shape, tf.add(tf.mul(normal, g), b).dataSync());
        });
      }),
    );
  });

  it('by hand', () => {
    // mean 2, differences −1 −1 2, variance 2
    const y = evaluate('layerNorm', { epsilon: 2 }, [floats([3], [1, 1, 4])]);
    expect([...y.data]).toEqual([-0.5, -0.5, 1]);
    const only = (names: object) =>
      evaluate('layerNorm', { epsilon: 2, ...names }, [floats([3], [1, 1, 4])], { p: weights([3], [2, 4, 6]) });
    expect([...only({ gamma: 'p' }).data]).toEqual([-1, -2, 6]);
    expect([...only({ beta: 'p' }).data]).toEqual([1.5, 3.5, 7]);
  });
});

describe('mean', () => {
  it('is that of TensorFlow.js, over any axis', () => {
    fc.assert(
      fc.property(shapes, fc.nat(2), seeds, (shape, wanted, seed) => {
        const axis = wanted % shape.length;
        const x = random(shape, seed);
        tf.tidy(() => {
          const expected = tf.mean(tf.tensor(x, shape), axis);
          expectClose(evaluate('mean', { axis }, [floats(shape, x)]), expected.shape, expected.dataSync());
        });
      }),
    );
  });

  it('adds in order', () => {
    expect([...evaluate('mean', { axis: 0 }, [floats([4], [2 ** 24, 1, -(2 ** 24), 1])]).data]).toEqual([0.25]);
  });
});
