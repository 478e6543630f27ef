import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index.js';
import { difference, noise, on, slopeRatio } from '../testing.js';

beforeAll(() => tf.setBackend('wasm'));

const shape = fc
  .array(fc.integer({ min: 0, max: 21 }), { minLength: 1, maxLength: 4 })
  .filter((s) => product(s) < 5000);
const seed = fc.integer({ min: 1, max: 1000 });
const product = (sizes: number[]) => sizes.reduce((all, size) => all * size, 1);

describe('sum and mean', () => {
  it('equal those of the cpu backend over any axes', () => {
    const axes = fc.tuple(shape, fc.array(fc.nat(3)), fc.boolean(), fc.boolean(), seed);
    fc.assert(
      fc.property(axes, ([size, chosen, keepDims, mean, s]) => {
        const axis = [...new Set(chosen.map((a) => a % size.length))].sort();
        // Left to TF.js's own kernels, an empty sum is not cleared.
        const ours = axis.length > 0 && axis.every((a, i) => a === axis[0]! + i);
        fc.pre(ours || product(size) > 0);
        const make = () => (mean ? tf.mean : tf.sum)(noise(size, s), axis, keepDims);
        expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-6 * Math.sqrt(product(size) + 1));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['leading', [1_000_000, 3], 0],
    ['last', [3, 1_000_000], 1],
    ['all', [3_000_017], undefined],
  ])('keep long sums accurate over %s axes', (_axes, size, axis) => {
    const make = () => tf.mean(tf.fill(size, 0.1), axis);
    for (const value of on('wasm', make).values) expect(value).toBeCloseTo(0.1, 6);
  });

  it.each([1, 3, 4, 15, 16, 63, 64, 4095, 4097, 4096 * 256 + 5])('add up %i numbers, each once', (count) => {
    // of whole numbers below 2²⁴ the sum is exact in any order
    const make = () => tf.sum(tf.concat([tf.fill([2, count - 1], 3), tf.tensor2d([[5], [7]])], 1), 1);
    expect(on('wasm', make).values).toEqual([3 * count + 2, 3 * count + 4]);
  });

  it('carry NaN, and sum integers as integers', () => {
    const nan = () =>
      tf.sum(
        tf.tensor2d([
          [1, NaN],
          [2, 3],
        ]),
        0,
      );
    expect(on('wasm', nan).values).toEqual([3, NaN]);
    const integers = () =>
      tf.sum(
        tf.tensor2d(
          [
            [1, 2],
            [2 ** 30, 3],
          ],
          [2, 2],
          'int32',
        ),
        0,
      );
    expect(on('wasm', integers)).toEqual({ shape: [2], dtype: 'int32', values: [2 ** 30 + 1, 5] });
  });
});

describe('tile', () => {
  it('equals that of the cpu backend', () => {
    const sizes = fc.array(fc.tuple(fc.constantFrom(0, 1, 1, 2, 3, 5), fc.constantFrom(0, 1, 1, 2, 3, 4)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(sizes, fc.constantFrom('float32', 'int32', 'bool'), seed, (pairs, dtype, s) => {
        const x = () =>
          tf.cast(
            tf.mul(
              noise(
                pairs.map(([size]) => size),
                s,
              ),
              10,
            ),
            dtype as tf.DataType,
          );
        const make = () =>
          tf.engine().runKernel('Tile', { x: x() }, { reps: pairs.map(([, times]) => times) }) as tf.Tensor;
        expect(on('wasm', make)).toEqual(on('cpu', make));
      }),
      { numRuns: 300 },
    );
  });
});

describe('unsortedSegmentSum', () => {
  it('equals that of the cpu backend', () => {
    const rows = fc.array(fc.integer({ min: -2, max: 6 }), { maxLength: 30 });
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 2 }),
        fc.integer({ min: 1, max: 5 }),
        seed,
        (ids, inner, segments, s) => {
          const x = () => noise([ids.length, ...inner], s);
          const make = () => tf.unsortedSegmentSum(x(), tf.tensor1d(ids, 'int32'), segments);
          expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('sums integers as the cpu backend does', () => {
    const make = () =>
      tf.unsortedSegmentSum(
        tf.tensor2d(
          [
            [1, 2],
            [3, 4],
          ],
          [2, 2],
          'int32',
        ),
        tf.tensor1d([1, 1], 'int32'),
        2,
      );
    expect(on('wasm', make)).toEqual(on('cpu', make));
  });

  it('is the gradient of a gather', () => {
    tf.setBackend('wasm');
    const ids = tf.tensor1d([3, 0, 3, 1], 'int32');
    expect(slopeRatio((table) => tf.gather(table, ids), [[5, 7]])).toBeCloseTo(1, 2);
    ids.dispose();
  });
});
