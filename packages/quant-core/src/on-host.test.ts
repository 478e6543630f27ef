import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { blocksOf } from './blocks.js';
import { allFinite, extremesOfBlocks, valuesOfBlocks } from './on-host.js';

describe('what is read on the host', () => {
  it.each([
    ['tensor', undefined, 1],
    ['channel', undefined, 6],
    ['channel', 2, 4],
    [{ group: 2 }, undefined, 12],
    [{ group: 3 }, 2, 8],
  ] as const)('the values of the blocks of %j along axis %s, as a transposition has them', (granularity, axis, count) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const x = tf.reshape(tf.range(0, 144), [2, 3, 4, 6]);
        const blocks = blocksOf(x.shape, granularity, axis);
        const view = blocks.view(x);
        const kept = view.shape.map((_, i) => i).filter((i) => !blocks.axes.includes(i));
        const expected = tf.reshape(tf.transpose(view, [...kept, ...blocks.axes]), [count, 144 / count]);
        const values = valuesOfBlocks(view, blocks);
        expect(values.map((each) => [...each])).toEqual(expected.arraySync());
        const { min, max } = extremesOfBlocks(view, blocks);
        expect([...Array.from(min), ...Array.from(max)]).toEqual([
          ...values.map((each) => Math.min(...each)),
          ...values.map((each) => Math.max(...each)),
        ]);
      }),
    ),
  );

  it('whether all is finite', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        expect(allFinite(tf.tensor1d([0, -1, 3e38]))).toBe(true);
        for (const bad of [NaN, Infinity, -Infinity]) expect(allFinite(tf.tensor1d([0, bad]))).toBe(false);
      }),
    ));
});
