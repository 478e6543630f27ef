import type { Quantizer } from '@lowbit/plugin-api';
import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { qilActivations, qilWeights } from '../index.js';
import { obeysTheLaw } from '../testing/families.js';
import { expectClose, valuesOf } from '../testing/helpers.js';

beforeAll(() => tf.setBackend('cpu'));

// specification "Quantizers" §5; −0.5 is a tie at 3 bits
const w = [-1.4, -0.9, -0.55, -0.51, -0.2, 0, 0.1, 0.31, 0.62, 1.1];
const a = [0, 0.1, 0.2, 0.5, 0.8, 1.2, 1.7];

/** ŵ or x̂ in float64, and its slopes by differences. */
function unrounded(v: number, { center: c, halfWidth: d, gamma = 1 }: Record<string, number>, signed: boolean): number {
  const part = Math.min(1, Math.max(0, ((signed ? Math.abs(v) : v) * 0.5) / d! + 0.5 - (0.5 * c!) / d!));
  return part ** gamma * (signed ? Math.sign(v) : 1);
}

function expectTrueGradients(quantizer: Quantizer, values: number[], state: Record<string, number>): void {
  const signed = quantizer.state!.length === 3 || quantizer.getConfig().gamma !== undefined;
  const g = values.map((_, i) => 1 + (i % 4) - 0.3 * i);
  const h = 1e-6;
  const loss = (at: number[], held: Record<string, number>) =>
    at.reduce((sum, v, i) => sum + g[i]! * unrounded(v, held, signed), 0);
  const names = quantizer.state!.map(({ name }) => name);
  const [dx, ...ofState] = tf
    .grads((x: tf.Tensor, ...held: tf.Tensor[]) =>
      quantizer.quantize(x, { state: Object.fromEntries(names.map((name, i) => [name, held[i]!])) }),
    )([tf.tensor1d(values), ...names.map((name) => tf.scalar(state[name]!))], tf.tensor1d(g))
    .map(valuesOf);
  const by = (lower: number, upper: number) => (upper - lower) / (2 * h);
  expectClose(
    dx!,
    values.map((v, i) => by(loss(values.with(i, v - h), state), loss(values.with(i, v + h), state))),
    2e-4,
  );
  names.forEach((name, i) => {
    const moved = (by: number) => loss(values, { ...state, [name]: state[name]! + by });
    expectClose(ofState[i]!, [by(moved(-h), moved(h))], 2e-4 * g.length);
  });
}

describe('QIL', () => {
  it('reproduces the reference vectors', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const state = { center: tf.scalar(0.5), halfWidth: tf.scalar(0.4), gamma: tf.scalar(1) };
        expectClose(valuesOf(qilWeights({ bits: 3 }).quantize(tf.tensor1d(w), { state })), [
          -1,
          -1,
          -2 / 3,
          -2 / 3,
          0,
          0,
          0,
          1 / 3,
          2 / 3,
          1,
        ]);
        const interval = { center: tf.scalar(0.8), halfWidth: tf.scalar(0.7) };
        expectClose(valuesOf(qilActivations({ bits: 2 }).quantize(tf.tensor1d(a), { state: interval })), [
          0,
          0,
          0,
          1 / 3,
          2 / 3,
          2 / 3,
          1,
        ]);
        expectClose(
          valuesOf(qilActivations({ bits: 'float' }).quantize(tf.tensor1d(a), { state: interval })),
          [0, 0, 0.071429, 0.285714, 0.5, 0.785714, 1],
        );
      }),
    ));

  it('has the gradients of what is rounded, by finite differences', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        // nothing at 0 or at an end of the interval, where there is no derivative
        const smooth = w.with(5, 0.13);
        const interval = { center: 0.5, halfWidth: 0.4321 };
        for (const gamma of [1, 0.7, 1.6]) expectTrueGradients(qilWeights({ bits: 3 }), smooth, { ...interval, gamma });
        expectTrueGradients(qilWeights({ bits: 2, gamma: 1 }), smooth, interval);
        expectTrueGradients(qilWeights({ bits: 3, gamma: 1 }), smooth, { center: 0.2, halfWidth: 0.6 });
        for (const bits of [2, 'float'] as const)
          expectTrueGradients(qilActivations({ bits }), a.with(0, -0.2), { center: 0.8, halfWidth: 0.71 });
      }),
    ));

  it('passes a gradient at the ends of the interval, and one to a weight of 0 inside', () =>
    tf.tidy(() => {
      const quantizer = qilWeights({ bits: 2, gamma: 1, interval: [0.5, 0.5] });
      const state = { center: tf.scalar(0.5), halfWidth: tf.scalar(0.5) };
      const dw = tf.grad((v) => quantizer.quantize(v, { state }))(tf.tensor1d([0, 1, -1, 1.01]));
      expect(valuesOf(dw)).toEqual([1, 1, 1, 0]);
    }));

  it('starts from the full range of the data, or where it is told', () =>
    leavesNoTensors(() => {
      const calibrator = qilWeights({ bits: 3 }).calibrator!();
      tf.tidy(() => calibrator.observe(tf.tensor1d(w)));
      const { center, halfWidth, gamma } = calibrator.state();
      calibrator.dispose();
      expectClose(
        [center, halfWidth, gamma].flatMap((t) => valuesOf(t!)),
        [0.7, 0.7, 1],
      );
      const given = qilActivations({ bits: 2, interval: [0.8, 0.7] });
      expect(given.calibrator).toBeUndefined();
      expect(given.state!.map(({ initial, learningRateScale }) => [initial, learningRateScale])).toEqual([
        [0.8, 0.01],
        [0.7, 0.01],
      ]);
    }));

  it.each(['cpu', 'wasm'])('obeys the law on %s', (backend) =>
    obeysTheLaw(
      backend,
      [
        (bits) => qilWeights({ bits }),
        (bits) => qilWeights({ bits, gamma: 0.5, granularity: 'channel' }),
        (bits) => qilActivations({ bits }),
        (bits) => qilActivations({ bits, granularity: 'channel', interval: [0.5, 0.4] }),
      ],
      { leastBits: 2 },
    ),
  );

  it('refuses what it cannot do', () => {
    expect(() => qilWeights({ bits: 1 })).toThrow(/no level but 0.*received 1/);
    expect(() => qilActivations({ bits: 2.5 as 2 })).toThrow(/bits must be a whole number from 1 to 8.*received 2.5/);
    expect(() => qilWeights({ bits: 2, gamma: -1 })).toThrow(/'qil' \(weights\) at gamma, received -1/);
    expect(() => qilActivations({ bits: 2, gamma: 1 } as never)).toThrow(/unknown key 'gamma'/);
  });
});
