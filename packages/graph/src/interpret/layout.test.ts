import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Pads } from '../graph.js';
import { codes, evaluate, expectClose, floats, random, seeds, upTo } from '../testing/nodes.js';

beforeAll(() => tf.setBackend('cpu'));

const shapes = fc.array(upTo(4), { minLength: 1, maxLength: 4 });
const levels = { integers: [-1, 0, 1], scale: 1 };

it('reshape keeps the order and the type', () => {
  expect(evaluate('reshape', { shape: [3, 2] }, [floats([6], [1, 2, 3, 4, 5, 6])])).toEqual(
    floats([3, 2], [1, 2, 3, 4, 5, 6]),
  );
  expect(evaluate('reshape', { shape: [2, 1] }, [codes([2], [0, 2], levels)])).toEqual(codes([2, 1], [0, 2], levels));
});

describe('transpose', () => {
  it('is that of TensorFlow.js', () => {
    const cases = shapes.chain((shape) =>
      fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }), seeds),
    );
    fc.assert(
      fc.property(cases, ([shape, permutation, seed]) => {
        const x = random(shape, seed);
        tf.tidy(() => {
          const expected = tf.transpose(tf.tensor(x, shape), permutation);
          const y = evaluate('transpose', { permutation }, [floats(shape, x)]);
          expectClose(y, expected.shape, expected.dataSync(), 0);
        });
      }),
    );
  });

  it('of codes gives codes', () => {
    expect(evaluate('transpose', { permutation: [1, 0] }, [codes([2, 2], [0, 1, 2, 1], levels)])).toEqual(
      codes([2, 2], [0, 2, 1, 1], levels),
    );
  });
});

it('slice is that of TensorFlow.js', () => {
  const cases = shapes.chain((shape) =>
    fc.tuple(fc.constant(shape), fc.tuple(...shape.map((side) => fc.tuple(fc.nat(side - 1), fc.nat(3)))), seeds),
  );
  fc.assert(
    fc.property(cases, ([shape, parts, seed]) => {
      const begin = parts.map(([first]) => first);
      const size = parts.map(([first, more], axis) => Math.min(1 + more, shape[axis]! - first));
      const x = random(shape, seed);
      tf.tidy(() => {
        const expected = tf.slice(tf.tensor(x, shape), begin, size);
        expectClose(evaluate('slice', { begin, size }, [floats(shape, x)]), size, expected.dataSync(), 0);
      });
    }),
  );
});

describe('pad', () => {
  it('is that of TensorFlow.js', () => {
    const pads = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2));
    fc.assert(
      fc.property(fc.tuple(upTo(4), upTo(4), upTo(3)), pads, seeds, (shape, pads, seed) => {
        const x = random(shape, seed);
        const [top, left, bottom, right] = pads;
        tf.tidy(() => {
          const expected = tf.pad(tf.tensor3d(x, shape), [
            [top, bottom],
            [left, right],
            [0, 0],
          ]);
          expectClose(evaluate('pad', { pads }, [floats(shape, x)]), expected.shape, expected.dataSync(), 0);
        });
      }),
    );
  });

  const sides: Pads = [0, 1, 0, 2];

  it('of codes fills in the code that stands for 0, and pads a width alone', () => {
    expect(evaluate('pad', { pads: sides }, [codes([2, 1], [0, 2], levels)])).toEqual(
      codes([5, 1], [1, 0, 2, 1, 1], levels),
    );
  });
});

describe('concat', () => {
  it('is that of TensorFlow.js', () => {
    const cases = fc.tuple(shapes, fc.nat(3), fc.array(upTo(3), { minLength: 1, maxLength: 3 }), seeds);
    fc.assert(
      fc.property(cases, ([shape, wanted, sides, seed]) => {
        const axis = wanted % shape.length;
        const all = sides.map((side) => shape.with(axis, side));
        const data = all.map((each, k) => random(each, seed + k));
        const y = evaluate(
          'concat',
          { axis },
          all.map((each, k) => floats(each, data[k]!)),
        );
        tf.tidy(() => {
          const expected = tf.concat(
            all.map((each, k) => tf.tensor(data[k]!, each)),
            axis,
          );
          expectClose(y, expected.shape, expected.dataSync(), 0);
        });
      }),
    );
  });

  it('of codes of the same levels gives codes', () => {
    const [a, b] = [codes([1], [2], levels), codes([2], [0, 1], { ...levels })];
    expect(evaluate('concat', { axis: 0 }, [a, b])).toEqual(codes([3], [2, 0, 1], levels));
  });
});
