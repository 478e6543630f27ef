import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index.js';
import { difference, noise, on } from '../testing.js';

beforeAll(() => tf.setBackend('wasm'));

const side = fc.integer({ min: 0, max: 21 });

function product(
  batches: [number[], number[]],
  [m, k, n]: [number, number, number],
  [transposeA, transposeB]: [boolean, boolean],
  seed: number,
): tf.Tensor {
  const a = noise([...batches[0], ...(transposeA ? [k, m] : [m, k])], seed);
  const b = noise([...batches[1], ...(transposeB ? [n, k] : [k, n])], seed + 1);
  return tf.matMul(a, b, transposeA, transposeB);
}

describe('matMul', () => {
  it('equals that of the cpu backend, each side transposed or not', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<[number[], number[]]>(
          [[], []],
          [[3], [3]],
          [[3], [1]],
          [
            [2, 2],
            [2, 2],
          ],
        ),
        fc.tuple(side, side, side),
        fc.tuple(fc.boolean(), fc.boolean()),
        fc.integer({ min: 1, max: 1000 }),
        (batches, sizes, transposes, seed) => {
          // Without a transpose TF.js's own kernel runs, which does not clear the result of an empty sum.
          fc.pre(transposes.some((transposed) => transposed) || sizes.every((size) => size > 0));
          const make = () => product(batches, sizes, transposes, seed);
          expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('equals that of the cpu backend where the inner dimension takes several blocks', () => {
    for (const transposes of [
      [true, false],
      [false, true],
      [true, true],
    ] as [boolean, boolean][]) {
      const make = () => product([[], []], [33, 700, 41], transposes, 5);
      expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
    }
  });

  it('says so when the inner dimensions differ', () => {
    const call = () => tf.matMul(tf.ones([2, 3]), tf.ones([4, 5]), true, false);
    expect(() => on('wasm', call)).toThrow(/inner/i);
  });
});
