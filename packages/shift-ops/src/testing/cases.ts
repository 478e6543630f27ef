import * as fc from 'fast-check';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { outputShape, type ImageShape } from '../implementation.js';
import type { IntegerOffset } from '../options.js';

export interface ShiftCase {
  readonly shape: ImageShape;
  readonly stride: number;
  readonly shifts: Float32Array;
  readonly seed: number;
  readonly integerOffset: IntegerOffset;
}

// TensorFlow takes denormal numbers for zero
const normal = fc.float({ min: -3, max: 3, noNaN: true }).filter((value) => value === 0 || Math.abs(value) > 2 ** -126);

const offset = fc.oneof(
  { weight: 4, arbitrary: normal },
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(-40.25, 40.25, 8, -8, 1e9, -1e9, 3e38, -1e-30, 1e-7, 0.99999994) },
);

/** Odd sizes, sizes of 1, empty batches, channels that no vector divides, offsets far outside the image. */
export const shiftCases: fc.Arbitrary<ShiftCase> = fc
  .tuple(
    fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 13 })),
    fc.integer({ min: 1, max: 11 }),
  )
  .chain(([[batch, height, width], channels]) =>
    fc.record({
      shape: fc.constant<ImageShape>([batch, height, width, channels]),
      stride: fc.integer({ min: 1, max: 3 }),
      shifts: fc
        .array(offset, { minLength: 2 * channels, maxLength: 2 * channels })
        .map((values) => Float32Array.from(values)),
      seed: fc.nat(),
      integerOffset: fc.constantFrom('reference', 'central', 'one-sided'),
    }),
  );

/** The tensors of a case: images, shifts, and a gradient of the output. */
export function tensorsOf({ shape, stride, shifts, seed }: ShiftCase) {
  return {
    x: tf.randomNormal<tf.Rank.R4>(shape, 0, 1, 'float32', seed),
    shifts: tf.tensor2d(shifts, [2, shape[3]]),
    dy: tf.randomNormal<tf.Rank.R4>(outputShape(shape, stride), 0, 1, 'float32', seed + 1),
  };
}

/** Equal within float32's rounding of sums of numbers of size 1. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const gap = Math.abs(actual[i]! - expected[i]!);
    if (!(gap <= tolerance * (1 + Math.abs(expected[i]!)))) {
      throw new Error(`value ${i}: expected ${expected[i]}, received ${actual[i]}`);
    }
  }
}
