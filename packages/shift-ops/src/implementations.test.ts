import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { implementations, on } from './testing/backends.js';
import { expectClose, shiftCases, tensorsOf } from './testing/cases.js';
import { referenceBackpropInput, referenceBackpropShift, referenceForward } from './testing/reference.js';

const RUNS = { numRuns: 150 };
const image = Array.from({ length: 16 }, (_, i) => i + 1);
const upstream = [1, 0, 2, -1, 0, 1, 1, 0, 3, 0, 0, 1, -1, 2, 0, 1];

describe.each(await implementations())('$name on $backend', ({ backend, get }) => {
  /** The vectors of the specification of L-SSPQ's active shift, on one channel. */
  const run = (
    compute: (x: tf.Tensor4D, shifts: tf.Tensor2D, gradient: tf.Tensor4D) => tf.Tensor,
    [x, y]: number[],
    dy = upstream,
  ) =>
    on(backend, () =>
      tf.tidy(() => {
        const side = Math.sqrt(dy.length);
        const gradient = tf.tensor4d(dy, [1, side, side, 1]);
        return [...compute(tf.tensor4d(image, [1, 4, 4, 1]), tf.tensor2d([[x!], [y!]]), gradient).dataSync()];
      }),
    );

  it.each([
    [[1, 0], 1, [2, 3, 4, 0, 6, 7, 8, 0, 10, 11, 12, 0, 14, 15, 16, 0]],
    [[0, -1], 1, [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    [
      [0.25, -0.5],
      1,
      [0.625, 1.125, 1.625, 1.5, 3.25, 4.25, 5.25, 4.5, 7.25, 8.25, 9.25, 7.5, 11.25, 12.25, 13.25, 10.5],
    ],
    [[0.25, -0.5], 2, [0.625, 1.625, 7.25, 9.25]],
  ])('moves by %j with stride %i', async (offset, stride, expected) => {
    expectClose(await run((x, shifts) => get().forward(x, shifts, stride), offset), expected);
  });

  it('gives the gradients of the specification', async () => {
    const toInput = (stride: number) => (x: tf.Tensor4D, shifts: tf.Tensor2D, dy: tf.Tensor4D) =>
      get().backpropInput(dy, shifts, x.shape, stride);
    const toShift = (stride: number) => (x: tf.Tensor4D, shifts: tf.Tensor2D, dy: tf.Tensor4D) =>
      get().backpropShift(dy, x, shifts, stride, 'reference');
    const strided = [1, 2, 3, -1];
    expectClose(await run(toShift(1), [0.25, -0.5]), [-14.5, 34.75]);
    expectClose(await run(toShift(2), [0.25, -0.5], strided), [3.5, 15.75]);
    expectClose(await run(toShift(1), [0, 0]), [-2, 0]);
    expectClose(
      await run(toInput(1), [0.25, -0.5]),
      [0.375, 0.5, 1.25, 0, 1.125, 0.75, 0.5, 0.5, 0.75, 1, 0.25, 0.75, -0.375, 0.625, 0.25, 0.375],
    );
    expectClose(
      await run(toInput(2), [0.25, -0.5], strided),
      [0.375, 0.125, 0.75, 0.25, 1.125, 0.375, -0.375, -0.125, 1.125, 0.375, -0.375, -0.125, 0, 0, 0, 0],
    );
  });

  it('computes the formulas for every shape, stride and offset, and leaves no tensors', () =>
    fc.assert(
      fc.asyncProperty(shiftCases, (each) =>
        on(backend, () => {
          const { x, shifts, dy } = tensorsOf(each);
          const { forward, backpropInput, backpropShift } = get();
          const results = [
            forward(x, shifts, each.stride),
            backpropInput(dy, shifts, each.shape, each.stride),
            backpropShift(dy, x, shifts, each.stride, each.integerOffset),
          ];
          const [values, gradient] = [x.dataSync(), dy.dataSync()];
          expect(results[0]!.shape).toEqual(dy.shape);
          expect(results[1]!.shape).toEqual(x.shape);
          expectClose(results[0]!.dataSync(), referenceForward(values, each.shape, each.shifts, each.stride));
          expectClose(results[1]!.dataSync(), referenceBackpropInput(gradient, each.shape, each.shifts, each.stride));
          expectClose(
            results[2]!.dataSync(),
            referenceBackpropShift(gradient, values, each.shape, each.shifts, each.stride, each.integerOffset),
            1e-4,
          );
          tf.dispose([x, shifts, dy, results]);
        }),
      ),
      RUNS,
    ));

  it('equals the depthwise convolution with the hat kernel', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 10, maxLength: 10 }),
        fc.integer({ min: 1, max: 3 }),
        async (offsets, stride) => {
          const shifts = Float32Array.from(offsets);
          const expected = await on('cpu', () =>
            tf.tidy(() => {
              const x = tf.randomNormal<tf.Rank.R4>([2, 6, 7, 5], 0, 1, 'float32', 3);
              const kernel = tf.buffer([5, 5, 5, 1]);
              for (let u = -2; u <= 2; u++)
                for (let v = -2; v <= 2; v++)
                  for (let c = 0; c < 5; c++) {
                    const weight =
                      Math.max(0, 1 - Math.abs(u - shifts[5 + c]!)) * Math.max(0, 1 - Math.abs(v - shifts[c]!));
                    kernel.set(weight, u + 2, v + 2, c, 0);
                  }
              const padded = tf.pad(x, [
                [0, 0],
                [2, 2],
                [2, 2],
                [0, 0],
              ]);
              return tf.depthwiseConv2d(padded, kernel.toTensor() as tf.Tensor4D, stride, 'valid').dataSync();
            }),
          );
          const actual = await on(backend, () =>
            tf.tidy(() => {
              const x = tf.randomNormal<tf.Rank.R4>([2, 6, 7, 5], 0, 1, 'float32', 3);
              return get()
                .forward(x, tf.tensor2d(shifts, [2, 5]), stride)
                .dataSync();
            }),
          );
          expectClose(actual, expected);
        },
      ),
      { numRuns: 40 },
    ));

  it('gives the same bits each time', () =>
    on(backend, () => {
      const each = {
        shape: [3, 17, 19, 13] as [number, number, number, number],
        stride: 2,
        integerOffset: 'central' as const,
        seed: 5,
      };
      const { x, shifts, dy } = tensorsOf({
        ...each,
        shifts: Float32Array.from({ length: 26 }, (_, i) => Math.sin(i) * 2),
      });
      const once = () =>
        tf.tidy(() => {
          const { forward, backpropInput, backpropShift } = get();
          return [
            forward(x, shifts, 2),
            backpropInput(dy, shifts, each.shape, 2),
            backpropShift(dy, x, shifts, 2, 'central'),
          ].map((result) => [...result.dataSync()]);
        });
      const first = once();
      for (let i = 0; i < 3; i++) expect(once()).toEqual(first);
      tf.dispose([x, shifts, dy]);
    }));

  it('gives NaN for an offset that is not finite', async () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const out = await on(backend, () =>
        tf.tidy(() =>
          get()
            .forward(
              tf.ones([1, 2, 2, 2]),
              tf.tensor2d([
                [bad, 0],
                [0, 0],
              ]),
              1,
            )
            .dataSync(),
        ),
      );
      expect([...out]).toEqual([NaN, 1, NaN, 1, NaN, 1, NaN, 1]);
    }
  });
});
