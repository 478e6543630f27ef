import '@tensorflow/tfjs-layers';
import { PointwiseForward, PointwiseGradients, takesByRows } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index.js';
import { difference, noise, run } from '../testing.js';

beforeAll(() => tf.setBackend('wasm'));

const memory = () => (tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } }).wasm.asm.memory;

/** The result, and what was shown of it, put together again. */
function forwardByRows(x: tf.Tensor, filter: tf.Tensor): [result: tf.Tensor, shown: tf.Tensor] {
  const width = filter.shape.at(-1)!;
  const seen: number[] = [];
  const done = (first: number, count: number, from: number) => {
    expect([first % 64, first * width]).toEqual([0, seen.length]);
    seen.push(...new Float32Array(memory().buffer, from, count * width));
  };
  const y = run(PointwiseForward, { x, filter }, { done });
  return [y, tf.tensor(seen, y.shape, 'float32')];
}

/** Both gradients, the output gradient being copied block by block from `dy`. */
function byRows(x: tf.Tensor, filter: tf.Tensor, dy: tf.Tensor): tf.Tensor[] {
  const values = dy.dataSync<'float32'>();
  const width = dy.shape.at(-1)!;
  const rows = (first: number, count: number, to: number) =>
    new Float32Array(memory().buffer, to, count * width).set(values.subarray(first * width, (first + count) * width));
  return run(PointwiseGradients, { x, filter }, { rows }) as unknown as tf.Tensor[];
}

function read(tensor: tf.Tensor) {
  return { shape: tensor.shape, dtype: tensor.dtype, values: Array.from(tensor.dataSync<'float32'>()) };
}

describe('a 1×1 convolution by rows', () => {
  it('has the result and the gradients that it has as a whole', () => {
    fc.assert(
      fc.property(
        fc.record({
          batch: fc.integer({ min: 0, max: 3 }),
          side: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(40)),
          channels: fc.integer({ min: 1, max: 20 }).map((quads) => 4 * quads),
          filters: fc.integer({ min: 1, max: 20 }).map((octets) => 8 * octets),
          seed: fc.integer({ min: 1, max: 1000 }),
        }),
        ({ batch, side, channels, filters, seed }) => {
          const before = tf.memory().numTensors;
          tf.tidy(() => {
            const inputShape = [batch, side, side, channels];
            const filterShape = [1, 1, channels, filters];
            const x = noise(inputShape, seed);
            const filter = noise(filterShape, seed + 1);
            const dy = noise([batch, side, side, filters], seed + 2);
            const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', inputShape, filterShape };
            const y = read(run('Conv2D', { x, filter }, { ...attrs, dilations: 1 }));
            for (const values of forwardByRows(x, filter)) expect(difference(read(values), y)).toBe(0);
            const [dx, dw] = byRows(x, filter, dy);
            expect(difference(read(dx!), read(run('Conv2DBackpropInput', { dy, filter }, attrs)))).toBeLessThan(1e-5);
            expect(difference(read(dw!), read(run('Conv2DBackpropFilter', { x, dy }, attrs)))).toBeLessThan(1e-5);
          });
          expect(tf.memory().numTensors).toBe(before);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses shapes that takesByRows does not name', () => {
    expect([takesByRows(16, 64), takesByRows(6, 64), takesByRows(16, 12), takesByRows(0, 8)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    const call = () => byRows(noise([1, 2, 2, 6], 1), noise([1, 1, 6, 8], 2), noise([1, 2, 2, 8], 3));
    expect(() => tf.tidy(call)).toThrow(/PointwiseGradients takes no filter of shape \[1,1,6,8\]/);
  });
});
