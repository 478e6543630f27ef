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
      [false, false],
    ] as [boolean, boolean][]) {
      const make = () => product([[], []], [33, 700, 41], transposes, 5);
      expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
    }
  });

  it('adds a bias, as dense layers do', () => {
    fc.assert(
      fc.property(fc.tuple(side, side, side), fc.boolean(), fc.integer({ min: 1, max: 1000 }), (sizes, tb, seed) => {
        const [m, k, n] = sizes;
        const make = () => {
          const b = noise(tb ? [n, k] : [k, n], seed + 1);
          return tf.fused.matMul({ a: noise([m, k], seed), b, transposeB: tb, bias: noise([n], seed + 2) });
        };
        expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
      }),
      { numRuns: 100 },
    );
  });

  it('says so when a side is a vector', () => {
    const call = () => tf.matMul(tf.ones([2, 3]), tf.ones([3]) as unknown as tf.Tensor2D);
    expect(() => on('wasm', call)).toThrow('both sides must have rank 2 or more, received shapes [2,3] and [3]');
  });

  it('says so when the inner dimensions differ', () => {
    const call = () => tf.matMul(tf.ones([2, 3]), tf.ones([4, 5]), true, false);
    expect(() => on('wasm', call)).toThrow(/inner/i);
  });
});
