import { LowbitError } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeShift, groupedOffsets, groupedShift, sparseShift, type ShiftOptions } from './index.js';
import { backends, on } from './testing/backends.js';
import { expectClose } from './testing/cases.js';

const image = Array.from({ length: 16 }, (_, i) => i + 1);
const upstream = [1, 0, 2, -1, 0, 1, 1, 0, 3, 0, 0, 1, -1, 2, 0, 1];
type Op = (x: tf.Tensor4D, shifts: tf.Tensor2D, options?: ShiftOptions) => tf.Tensor4D;

/** Gradients of Σ upstream · op(image, (x, y)) by the shifts, and by the image. */
function gradients(op: Op, offset: number[], options?: ShiftOptions) {
  return tf.tidy(() => {
    const x = tf.tensor4d(image, [1, 4, 4, 1]);
    const gradient = tf.tensor4d(upstream, [1, 4, 4, 1]);
    const loss = (...args: tf.Tensor[]) =>
      tf.sum(tf.mul(op(args[0] as tf.Tensor4D, args[1] as tf.Tensor2D, options), gradient));
    const [toInput, toShifts] = tf.grads(loss)([x, tf.tensor2d(offset, [2, 1])]);
    return { toInput: [...toInput!.dataSync()], toShifts: [...toShifts!.dataSync()] };
  });
}

describe.each(await backends())('on %s', (backend) => {
  it('activeShift gives the gradients of the specification, exact, normalized and clipped', () =>
    on(backend, () => {
      const exact = gradients(activeShift, [0.25, -0.5]);
      expectClose(exact.toShifts, [-14.5, 34.75]);
      expectClose(
        exact.toInput,
        [0.375, 0.5, 1.25, 0, 1.125, 0.75, 0.5, 0.5, 0.75, 1, 0.25, 0.75, -0.375, 0.625, 0.25, 0.375],
      );
      expectClose(gradients(activeShift, [0.25, -0.5], { shiftGradient: 'normalize' }).toShifts, [-0.385087, 0.92288]);
      expectClose(gradients(activeShift, [0.25, -0.5], { shiftGradient: { clip: 2 } }).toShifts, [-0.770174, 1.84576]);
      expectClose(gradients(activeShift, [0.25, -0.5], { shiftGradient: { clip: 100 } }).toShifts, [-14.5, 34.75]);
    }));

  it('activeShift takes the derivative that it is told to at whole offsets', () =>
    on(backend, () => {
      expectClose(gradients(activeShift, [0, 0]).toShifts, [-2, 0]);
      // worked out by hand: rows of q(x + 1) − q(x − 1) and of q(y + 1) − q(y − 1) of the image, times upstream
      expectClose(gradients(activeShift, [0, 0], { integerOffset: 'central' }).toShifts, [3.5, 18]);
      expectClose(gradients(activeShift, [0, 0], { integerOffset: 'one-sided' }).toShifts, [-15, 1]);
    }));

  it('a gradient of zero stays zero when it is normalized', () =>
    on(backend, () => {
      const toShifts = tf.tidy(() => {
        const loss = (shifts: tf.Tensor) =>
          tf.sum(activeShift(tf.zeros([1, 3, 3, 2]), shifts as tf.Tensor2D, { shiftGradient: 'normalize' }));
        return tf
          .grad(loss)(
            tf.tensor2d([
              [0.3, 0],
              [0.1, 0],
            ]),
          )
          .dataSync();
      });
      expect([...toShifts]).toEqual([0, 0, 0, 0]);
    }));

  it('activeShift has the derivative of finite differences between whole offsets', () =>
    on(backend, () =>
      fc.assert(
        fc.property(
          fc.record({
            stride: fc.integer({ min: 1, max: 3 }),
            seed: fc.nat(),
            // inside a cell the interpolation is linear in each offset, so that the difference is exact but for rounding
            cells: fc.array(fc.integer({ min: -3, max: 2 }), { minLength: 10, maxLength: 10 }),
            fractions: fc.array(fc.double({ min: 0.1, max: 0.9, noNaN: true }), { minLength: 10, maxLength: 10 }),
          }),
          ({ stride, seed, cells, fractions }) =>
            tf.tidy(() => {
              const shifts = tf.tensor2d(
                cells.map((cell, i) => cell + fractions[i]!),
                [2, 5],
              );
              const x = tf.randomNormal<tf.Rank.R4>([2, 4, 5, 5], 0, 1, 'float32', seed);
              const weights = tf.randomNormal<tf.Rank.R4>(
                [2, Math.ceil(4 / stride), Math.ceil(5 / stride), 5],
                0,
                1,
                'float32',
                seed + 1,
              );
              const perChannel = (offsets: tf.Tensor) =>
                tf.sum(tf.mul(activeShift(x, offsets as tf.Tensor2D, { stride }), weights), [0, 1, 2]);
              const h = 1 / 16;
              const slope = (axis: number) => {
                const step = tf.tensor2d([[axis === 0 ? h : 0], [axis === 0 ? 0 : h]]);
                return tf.div(tf.sub(perChannel(tf.add(shifts, step)), perChannel(tf.sub(shifts, step))), 2 * h);
              };
              const expected = tf.stack([slope(0), slope(1)]).dataSync();
              expectClose(
                tf
                  .grad((offsets) => tf.sum(perChannel(offsets)))(shifts)
                  .dataSync(),
                expected,
                2e-4,
              );
              const toInput = tf.grad((input) =>
                tf.sum(tf.mul(activeShift(input as tf.Tensor4D, shifts, { stride }), weights)),
              );
              // ⟨gradient, x⟩ = loss, because the shift is linear in its input
              const [dot, loss] = [tf.sum(tf.mul(toInput(x), x)), tf.sum(perChannel(shifts))];
              expectClose(dot.dataSync(), loss.dataSync(), 1e-4);
            }),
        ),
        { numRuns: 40 },
      ),
    ));

  it('sparseShift moves by whole pixels and learns by the real offset', () =>
    on(backend, () => {
      const out = tf.tidy(() => [
        ...sparseShift(tf.tensor4d(image, [1, 4, 4, 1]), tf.tensor2d([[0.75], [-0.5]])).dataSync(),
      ]);
      expect(out).toEqual([2, 3, 4, 0, 6, 7, 8, 0, 10, 11, 12, 0, 14, 15, 16, 0]);
      const sparse = gradients(sparseShift, [0.25, -0.75]);
      expectClose(sparse.toShifts, gradients(activeShift, [0.25, -0.75]).toShifts);
      expectClose(sparse.toInput, gradients(activeShift, [0, -1]).toInput);
    }));

  it('groupedShift gives each channel its neighbour of the window, and the opposite move back', () =>
    on(backend, () => {
      const [out, back, strided] = tf.tidy(() => {
        // ten channels with 1 in the middle of 3 × 3: channel 9 is left over
        const x = tf.pad(tf.ones<tf.Rank.R4>([1, 1, 1, 10]), [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ]) as tf.Tensor4D;
        const y = groupedShift(x);
        const dx = tf.grad((images) => tf.sum(tf.mul(groupedShift(images as tf.Tensor4D), y)))(x);
        const places = (images: tf.Tensor) => [...tf.argMax(tf.reshape(images, [9, 10]), 0).dataSync()];
        return [places(y), places(dx), groupedShift(x, { stride: 2 }).shape];
      });
      expect(out).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0, 4]);
      expect(back).toEqual(new Array(10).fill(4));
      expect(strided).toEqual([1, 2, 2, 10]);
    }));
});

describe('groupedOffsets', () => {
  it('cycles through the window and leaves what is left over in place', () => {
    expect([...groupedOffsets(11)]).toEqual([-1, 0, 1, -1, 0, 1, -1, 0, 1, 0, 0, -1, -1, -1, 0, 0, 0, 1, 1, 1, 0, 0]);
    expect([...groupedOffsets(8)]).toEqual(new Array(16).fill(0));
    const five = groupedOffsets(25, 5);
    expect([five[0], five[25], five[24], five[49], five[12], five[37]]).toEqual([-2, -2, 2, 2, 0, 0]);
  });
});

describe('bad input', () => {
  const refused = (message: string, call: () => unknown) =>
    expect(call).toThrow(
      expect.objectContaining({
        constructor: LowbitError,
        message: expect.stringContaining(message) as string,
      }) as Error,
    );

  it('is one clear error', () =>
    on('cpu', () =>
      tf.tidy(() => {
        const x = tf.zeros<tf.Rank.R4>([1, 2, 2, 3]);
        const shifts = tf.zeros<tf.Rank.R2>([2, 3]);
        refused('float32 [2, 3], in activeShift, received', () => activeShift(x, tf.zeros([2, 4])));
        refused('float32 [2, 3], in sparseShift, received', () => sparseShift(x, tf.zeros([3, 2])));
        refused("in activeShift, received 'float32 [2, 2, 3]'", () =>
          activeShift(tf.zeros([2, 2, 3]) as unknown as tf.Tensor4D, shifts),
        );
        refused("in groupedShift, received 'int32 [1, 2, 2, 3]'", () => groupedShift(tf.zeros([1, 2, 2, 3], 'int32')));
        refused('at least 1, in activeShift at stride, received 0', () => activeShift(x, shifts, { stride: 0 }));
        refused('whole number, in activeShift at stride, received 1.5', () => activeShift(x, shifts, { stride: 1.5 }));
        refused('odd, in groupedShift at kernelSize, received 4', () => groupedShift(x, { kernelSize: 4 }));
        refused("unknown key 'strides', in activeShift", () => activeShift(x, shifts, { strides: 2 } as ShiftOptions));
        refused("'exact', 'normalize' or { clip", () =>
          activeShift(x, shifts, { shiftGradient: 'norm' as 'normalize' }),
        );
        refused('a clip is positive, in activeShift at shiftGradient.clip, received -1', () =>
          activeShift(x, shifts, { shiftGradient: { clip: -1 } }),
        );
      }),
    ));
});
