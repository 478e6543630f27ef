import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { codedWeights, codes, evaluate, expectClose, floats, random, seeds, upTo, weights } from '../testing/nodes.js';

beforeAll(() => tf.setBackend('cpu'));

const bytes = { integers: Array.from({ length: 256 }, (_, code) => code), scale: 2 };

describe('dense', () => {
  it('is the product of TensorFlow.js, over the last axis', () => {
    fc.assert(
      fc.property(fc.array(upTo(3), { maxLength: 2 }), upTo(9), upTo(9), seeds, (outer, width, units, seed) => {
        const shape = [...outer, width];
        const [x, kernel, scale, bias] = [
          random(shape, seed),
          random([width, units], seed + 1),
          random([units], seed + 2),
          random([units], seed + 3),
        ];
        const parameters = {
          k: weights([width, units], kernel),
          s: weights([units], scale),
          b: weights([units], bias),
        };
        const y = evaluate('dense', { kernel: 'k', scale: 's', bias: 'b' }, [floats(shape, x)], parameters);
        tf.tidy(() => {
          const products = tf.matMul(tf.tensor2d(x, [x.length / width, width]), tf.tensor2d(kernel, [width, units]));
          expectClose(y, [...outer, units], tf.add(tf.mul(products, scale), bias).dataSync());
        });
      }),
    );
  });

  it('of integers is exact at the extremes', () => {
    const k = codedWeights([4608, 1], new Uint8Array(4608), { integers: [127] });
    const y = evaluate('dense', { kernel: 'k' }, [codes([4608], new Uint8Array(4608).fill(255), bytes)], { k });
    expect(y.data[0]).toBe(Math.fround(255 * 127 * 4608));
  });
});

describe('matMul', () => {
  it('is the batched product of TensorFlow.js', () => {
    const sizes = fc.tuple(fc.array(upTo(3), { maxLength: 2 }), upTo(5), upTo(5), upTo(5), fc.boolean(), seeds);
    fc.assert(
      fc.property(sizes, ([outer, m, k, n, transposeB, seed]) => {
        const [a, b] = [[...outer, m, k], transposeB ? [...outer, n, k] : [...outer, k, n]];
        const [x, y] = [random(a, seed), random(b, seed + 1)];
        const product = evaluate('matMul', { transposeB }, [floats(a, x), floats(b, y)]);
        tf.tidy(() => {
          const expected = tf.matMul(tf.tensor(x, a), tf.tensor(y, b), false, transposeB);
          expectClose(product, expected.shape, expected.dataSync());
        });
      }),
    );
  });

  it('of integers by integers is exact, without their scales', () => {
    const [a, b] = [codes([1, 2], [255, 255], bytes), codes([2, 1], [255, 1], bytes)];
    expect([...evaluate('matMul', { transposeB: false }, [a, b]).data]).toEqual([255 * 255 + 255]);
  });

  it('adds in the order of the inner axis', () => {
    const [a, b] = [floats([1, 3], [2 ** 24, 1, -(2 ** 24)]), floats([1, 3], [1, 1, 1])];
    expect([...evaluate('matMul', { transposeB: true }, [a, b]).data]).toEqual([0]);
  });
});

describe('embedding', () => {
  const table = weights([3, 2], [1, 2, 3, 4, 5, 6]);

  it('takes rows', () => {
    const y = evaluate('embedding', { table: 't' }, [floats([2, 1], [2, 0])], { t: table });
    expect(y).toEqual(floats([2, 1, 2], [5, 6, 1, 2]));
  });

  it('of coded tables multiplies by the scale', () => {
    const t = codedWeights([2, 2], [0, 1, 2, 1], { integers: [-1, 0, 1] });
    const x = floats([2], [0, 1]);
    expect([...evaluate('embedding', { table: 't', scale: 's' }, [x], { t, s: weights([1], [0.1]) }).data]).toEqual([
      Math.fround(-0.1),
      0,
      Math.fround(0.1),
      0,
    ]);
    const perColumn = { t, s: weights([2], [0.5, 4]) };
    expect([...evaluate('embedding', { table: 't', scale: 's' }, [floats([1], [1])], perColumn).data]).toEqual([
      0.5, 0,
    ]);
  });

  it.each([3, -1, 0.5, NaN, Infinity])('refuses row %s of 3', (row) => {
    expect(() => evaluate('embedding', { table: 't' }, [floats([2], [1, row])], { t: table })).toThrow(
      `no row of a table of 3, in node 'y' (embedding), 'x0'[1], received ${row}; give whole numbers from 0 to 2`,
    );
  });
});
