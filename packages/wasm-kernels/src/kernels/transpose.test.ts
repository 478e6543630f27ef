import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index.js';
import { on, run } from '../testing.js';
import { swapOf } from './transpose.js';

beforeAll(() => tf.setBackend('wasm'));

const permuted = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(8, 11, 17)), { minLength: 1, maxLength: 5 })
  .chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.shuffledSubarray(
        shape.map((_, i) => i),
        { minLength: shape.length },
      ),
    ),
  );

describe('a transpose', () => {
  it('equals that of the cpu backend', () => {
    fc.assert(
      fc.property(permuted, fc.constantFrom<'float32' | 'int32' | 'bool'>('float32', 'int32', 'bool'), (p, dtype) => {
        const [shape, perm] = p;
        const size = tf.util.sizeFromShape(shape);
        const make = () => {
          const x = tf.reshape(tf.cast(tf.range(0, size, 1, 'float32'), dtype), shape);
          return run('Transpose', { x }, { perm });
        };
        expect(on('wasm', make)).toEqual(on('cpu', make));
      }),
      { numRuns: 300 },
    );
  });

  it('is a swap of two axes where it comes to one', () => {
    const of = (shape: number[], perm: number[]) => swapOf(shape, perm) && Object.values(swapOf(shape, perm)!);
    expect(of([3, 4], [1, 0])).toEqual([1, 3, 4, 1]);
    expect(of([2, 3, 4, 5], [0, 3, 1, 2])).toEqual([2, 12, 5, 1]);
    expect(of([2, 3, 4, 5], [0, 2, 1, 3])).toEqual([2, 3, 4, 5]);
    expect(of([2, 3, 4, 5], [2, 3, 0, 1])).toEqual([1, 6, 20, 1]);
    expect(of([2, 1, 4], [2, 1, 0])).toEqual([1, 2, 4, 1]);
    expect(of([2, 3, 4], [2, 1, 0])).toBeUndefined();
    expect(of([2, 3], [0, 1])).toBeUndefined();
  });

  it('keeps every bit, also of NaN', () => {
    const bits = Int32Array.from([0x7fc00001, -1, 1, 2, 3, 4]);
    const y = tf.tidy(() => tf.transpose(tf.tensor2d(new Float32Array(bits.buffer), [2, 3])).dataSync());
    expect([...new Int32Array(y.buffer, y.byteOffset, 6)]).toEqual([0x7fc00001, 2, -1, 3, 1, 4]);
  });
});
