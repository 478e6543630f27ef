import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from './blocks.js';
import { boundariesBelow, lookup, Lookup, RankInRow } from './lookup.js';
import { both, kernelNames } from './testing/kernels.js';
import { valuesOf } from './testing/helpers.js';

// native TensorFlow compares subnormal numbers as zeros
const compared = (each: number) =>
  process.env.LOWBIT_TEST_BACKEND === 'node' && Math.abs(each) < 2 ** -126 ? 0 : each;
const finite = fc.float({ min: -2, max: 2, noNaN: true }).map(compared);
const value = fc.oneof(finite, fc.constantFrom(0, -0, 0.5, -0.5, Infinity, -Infinity, NaN));
const boundary = fc.oneof(finite, fc.constantFrom(0, 0.5, -0.5));
const rows = (count: number) =>
  fc.array(fc.array(boundary, { minLength: count, maxLength: count }), { minLength: 6, maxLength: 6 });
const cases = fc
  .integer({ min: 1, max: 20 })
  .chain((count) => fc.tuple(fc.array(value, { minLength: 24, maxLength: 24 }), rows(count)));

describe.each(['cpu', 'wasm'])('the search among boundaries on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));
  afterAll(() => tf.setBackend('cpu'));

  it.each([
    ['tensor', () => 0],
    ['channel', (i: number) => i % 3],
    [{ group: 4 }, (i: number) => 3 * Math.floor(i / 12) + (i % 3)],
  ] as const)('counts those below a value, of its block: %j', (granularity, blockOf) =>
    leavesNoTensors(() =>
      fc.assert(
        fc.property(cases, fc.constantFrom('above', 'at'), ([values, unsorted], side) => {
          const blocks = blocksOf([8, 3], granularity);
          const used = unsorted.slice(0, tf.util.sizeFromShape([...blocks.shape]));
          const table = used.map((row) => row.toSorted((a, b) => a - b));
          const found = tf.tidy(() => {
            const boundaries = tf.tensor(table.flat(), [...blocks.shape, table[0]!.length]);
            return blocks.unview(boundariesBelow(blocks.view(tf.tensor2d(values, [8, 3])), boundaries, side));
          });
          const below = (each: number, i: number) =>
            table[blockOf(i)]!.filter((limit) => each > limit || (side === 'at' && each === limit)).length;
          expect(valuesOf(found)).toEqual(values.map(below));
        }),
        { numRuns: 60, seed: 7 },
      ),
    ),
  );
});

describe('on WASM', () => {
  beforeAll(() => tf.setBackend('wasm'));
  afterAll(() => tf.setBackend('cpu'));

  it('are one kernel each, with the values of the composition', async () => {
    const results = () =>
      tf.tidy(() => {
        const x = tf.randomUniform([40], -2, 2, 'float32', 3);
        const ranks = boundariesBelow(x, tf.tensor1d([-1, 0, 0.5, 1]));
        const values = lookup(tf.tensor1d([3, 1, 4, 1.5, 9]), tf.cast(ranks, 'int32'));
        return [[...ranks.dataSync()], [...values.dataSync()]].map((each) => each.join());
      });
    const [own, composed] = await both(results);
    expect(own).toEqual(composed);
    expect(await kernelNames(results)).toEqual(expect.arrayContaining([RankInRow, Lookup]));
  });
});
