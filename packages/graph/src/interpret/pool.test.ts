import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Pads } from '../graph.js';
import { codes, evaluate, expectClose, floats, random, seeds, upTo } from '../testing/nodes.js';

beforeAll(() => tf.setBackend('cpu'));

const cases = fc
  .record({
    size: fc.tuple(upTo(8), upTo(8)),
    window: fc.tuple(upTo(3), upTo(3)),
    strides: fc.tuple(upTo(3), upTo(3)),
    channels: upTo(3),
    same: fc.boolean(),
    seed: seeds,
  })
  .filter(({ size, window, same }) => same || size.every((side, axis) => side >= window[axis]!));

/** The zeros around an image that TensorFlow means by "same". */
function samePads(size: readonly number[], window: readonly number[], strides: readonly number[]): Pads {
  const zeros = size.map((side, axis) =>
    Math.max(0, (Math.ceil(side / strides[axis]!) - 1) * strides[axis]! + window[axis]! - side),
  );
  const [top, left] = zeros.map((count) => Math.floor(count / 2)) as [number, number];
  return [top, left, zeros[0]! - top, zeros[1]! - left];
}

describe.each(['maxPool', 'averagePool'] as const)('%s', (op) => {
  it('is that of TensorFlow.js, padding left out', () => {
    fc.assert(
      fc.property(cases, ({ size, window, strides, channels, same, seed }) => {
        const shape = [...size, channels] as [number, number, number];
        const x = random(shape, seed);
        const pads: Pads = same ? samePads(size, window, strides) : [0, 0, 0, 0];
        const y = evaluate(op, { size: window, strides, pads }, [floats(shape, x)]);
        tf.tidy(() => {
          const pool = op === 'maxPool' ? tf.maxPool : tf.avgPool;
          const expected = pool(tf.tensor3d(x, shape), window, strides, same ? 'same' : 'valid');
          expectClose(y, expected.shape, expected.dataSync());
        });
      }),
    );
  });

  it('of [width, channels] pools along the width', () => {
    const attributes = { size: [1, 2], strides: [1, 2], pads: [0, 1, 0, 0] } as const;
    const y = evaluate(op, attributes, [floats([3, 2], [1, 2, 3, 4, 5, 8])]);
    expect(y).toEqual(floats([2, 2], op === 'maxPool' ? [1, 2, 5, 8] : [1, 2, 4, 6]));
  });
});

describe('global pools', () => {
  const x = random([4, 3, 5], 9);

  it('reduce height and width', () => {
    tf.tidy(() => {
      const images = tf.tensor3d(x, [4, 3, 5]);
      expectClose(evaluate('globalAveragePool', {}, [floats([4, 3, 5], x)]), [5], tf.mean(images, [0, 1]).dataSync());
      expectClose(evaluate('globalMaxPool', {}, [floats([4, 3, 5], x)]), [5], tf.max(images, [0, 1]).dataSync(), 0);
    });
  });

  it('reduce the width of [width, channels]', () => {
    expect(evaluate('globalAveragePool', {}, [floats([2, 2], [1, 2, 3, 6])])).toEqual(floats([2], [2, 4]));
    expect(evaluate('globalMaxPool', {}, [floats([2, 2], [1, 2, 3, 6])])).toEqual(floats([2], [3, 6]));
  });

  it('add by rows and columns, and divide', () => {
    const sum = evaluate('globalAveragePool', {}, [floats([2, 2, 1], [2 ** 24, 1, -(2 ** 24), 1])]);
    expect([...sum.data]).toEqual([0.25]);
    const third = evaluate('globalAveragePool', {}, [floats([3, 1, 1], [0, 0, 1])]);
    expect([...third.data]).toEqual([Math.fround(1 / 3)]);
  });
});

describe('pools of codes', () => {
  const ascending = { integers: [-3, 0, 1], scale: Math.fround(0.1) };
  const descending = { values: [0.5, 0, -0.5] };

  it('the largest code of ascending levels stays a code', () => {
    expect(evaluate('globalMaxPool', {}, [codes([3, 1, 1], [0, 2, 1], ascending)])).toEqual(codes([1], [2], ascending));
    const attributes = { size: [2, 1], strides: [1, 1], pads: [1, 0, 0, 0] } as const;
    expect(evaluate('maxPool', attributes, [codes([2, 1, 1], [0, 1], ascending)])).toEqual(
      codes([2, 1, 1], [0, 1], ascending),
    );
  });

  it('the largest value of other levels is real', () => {
    expect(evaluate('globalMaxPool', {}, [codes([3, 1, 1], [1, 2, 1], descending)])).toEqual(floats([1], [0]));
  });

  it('the mean of integers is their exact sum times scale / count', () => {
    const y = evaluate('globalAveragePool', {}, [codes([3, 1, 1], [0, 2, 2], ascending)]);
    expect(y).toEqual(floats([1], [-1 * Math.fround(Math.fround(0.1) / 3)]));
    const bytes = { integers: Array.from({ length: 256 }, (_, code) => code), scale: 1 };
    const many = evaluate('globalAveragePool', {}, [codes([300, 300, 1], new Uint8Array(90_000).fill(255), bytes)]);
    expect([...many.data]).toEqual([Math.fround(Math.fround(255 * 90_000) * Math.fround(1 / 90_000))]);
  });

  it('the mean counts only places inside the image', () => {
    const attributes = { size: [2, 1], strides: [1, 1], pads: [1, 0, 0, 0] } as const;
    const y = evaluate('averagePool', attributes, [codes([2, 1, 1], [0, 2], { integers: [-3, 0, 1], scale: 1 })]);
    expect([...y.data]).toEqual([-3, -1]);
  });

  it('the mean of values is a float mean', () => {
    expect([...evaluate('globalAveragePool', {}, [codes([2, 1, 1], [0, 1], descending)]).data]).toEqual([0.25]);
  });
});

it('the maximum knows NaN and the sign of 0', () => {
  const largest = (...values: number[]) =>
    evaluate('globalMaxPool', {}, [floats([values.length, 1, 1], values)]).data[0];
  expect(largest(1, NaN, 2)).toBeNaN();
  expect(largest(-0, 0)).toBe(0);
  expect(largest(-0, -0)).toBe(-0);
});
