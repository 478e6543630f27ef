import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../testing/helpers.js';
import { kernelNames } from '../testing/kernels.js';
import { LstmCell, LstmCellGrad, lstmCell, type GateActivation } from './lstm-cell.js';

beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.setBackend('cpu'));

const gateActivation = fc.constantFrom<GateActivation>('hardSigmoid', 'sigmoid');

interface Step {
  readonly rows: number;
  readonly units: number;
  readonly gates: GateActivation;
  readonly z: number[];
  readonly c: number[];
  readonly dh: number[];
  readonly dNext: number[];
}

function steps(value: fc.Arbitrary<number>): fc.Arbitrary<Step> {
  const sizes = fc.record({ rows: fc.nat(3), units: fc.nat(9), gates: gateActivation });
  return sizes.chain(({ rows, units, gates }) => {
    const values = (count: number) => fc.array(value, { minLength: count, maxLength: count });
    const each = rows * units;
    return fc.record({
      ...{ rows: fc.constant(rows), units: fc.constant(units), gates: fc.constant(gates) },
      ...{ z: values(4 * each), c: values(each), dh: values(each), dNext: values(each) },
    });
  });
}

/** h, c′, dz and dc on a backend. */
function outcome(backend: string, { rows, units, gates, z, c, dh, dNext }: Step): number[][] {
  tf.setBackend(backend);
  return tf.tidy(() => {
    const inputs = [tf.tensor2d(z, [rows, 4 * units], 'float32'), tf.tensor2d(c, [rows, units], 'float32')];
    const weights = [dh, dNext].map((values) => tf.tensor2d(values, [rows, units], 'float32'));
    const results = lstmCell(inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor2D, gates);
    const loss = (...[zs, cs]: tf.Tensor[]) => {
      const [h, next] = lstmCell(zs as tf.Tensor2D, cs as tf.Tensor2D, gates);
      return tf.sum(tf.add(tf.mul(h, weights[0]!), tf.mul(next, weights[1]!))) as tf.Scalar;
    };
    return [...results, ...tf.grads(loss)(inputs)].map((tensor) => [...tensor.dataSync()]);
  });
}

describe("an LSTM's cell in one pass", () => {
  const finite = fc.float({ min: -4, max: 4, noNaN: true });

  it('equals the composition on the cpu backend within a few units in the last place, gradients too', () =>
    leavesNoTensors(() =>
      fc.assert(
        fc.property(steps(finite), (step) => {
          const [own, composed] = [outcome('wasm', step), outcome('cpu', step)];
          own.forEach((values, i) => expectClose(values, composed[i]!, 4e-6));
        }),
        { numRuns: 120, seed: 5 },
      ),
    ));

  // TensorFlow's own clip makes a number of a NaN
  it.skipIf(process.env.LOWBIT_TEST_BACKEND === 'node')('passes NaN and infinities on as the cpu backend does', () => {
    const special = fc.constantFrom(NaN, Infinity, -Infinity, 120, -120, 95, -95, 0);
    const value = fc.oneof({ arbitrary: finite, weight: 3 }, { arbitrary: special, weight: 1 });
    const finiteOrKind = (values: readonly number[]) =>
      values.map((x) => (Number.isFinite(x) && Math.abs(x) < 1e30 ? 0 : x));
    fc.assert(
      fc.property(steps(value), (step) => {
        const [own, composed] = [outcome('wasm', step), outcome('cpu', step)];
        expect(own.map(finiteOrKind)).toEqual(composed.map(finiteOrKind));
      }),
      { numRuns: 120, seed: 6 },
    );
  });

  it('has the gradients of finite differences in float64', () => {
    const sigmoid = { hardSigmoid: (x: number) => Math.min(1, Math.max(0, 0.2 * x + 0.5)), sigmoid: logistic };
    fc.assert(
      fc.property(steps(finite), ({ gates, ...step }) => {
        // the hard sigmoid has no slope at its corners
        fc.pre(gates === 'sigmoid' || step.z.every((x) => Math.abs(Math.abs(x) - 2.5) > 1e-3));
        const { units, dh, dNext } = step;
        const gate = sigmoid[gates];
        const loss = (z: readonly number[], c: readonly number[]) =>
          c.reduce((sum, before, at) => {
            const [row, unit] = [Math.floor(at / units), at % units];
            const [i, f, g, o] = [0, 1, 2, 3].map((k) => z[(4 * row + k) * units + unit]!) as [number, ...number[]];
            const next = gate(f!) * before + gate(i) * Math.tanh(g!);
            return sum + dh[at]! * gate(o!) * Math.tanh(next) + dNext[at]! * next;
          }, 0);
        const slopes = (values: number[], at: (changed: number[]) => number) =>
          values.map((x, i) => (at(values.with(i, x + 1e-5)) - at(values.with(i, x - 1e-5))) / 2e-5);
        const [, , dz, dc] = outcome('wasm', { gates, ...step });
        expectClose(
          dz!,
          slopes(step.z, (z) => loss(z, step.c)),
          1e-5,
        );
        expectClose(
          dc!,
          slopes(step.c, (c) => loss(step.z, c)),
          1e-5,
        );
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('is what runs, forwards and backwards, also where one of its results is not used', async () => {
    tf.setBackend('wasm');
    const [z, c] = [tf.ones<tf.Rank.R2>([2, 12]), tf.ones<tf.Rank.R2>([2, 3])];
    for (const used of [0, 1]) {
      const names = await kernelNames(() => tf.grad((x) => lstmCell(x as tf.Tensor2D, c)[used]!)(z));
      expect(names).toEqual(expect.arrayContaining([LstmCell, LstmCellGrad]));
      expect(names).not.toContain('Tanh');
    }
    tf.dispose([z, c]);
  });

  it('refuses shapes that do not fit each other', () => {
    const [z, c] = [tf.ones<tf.Rank.R2>([2, 8]), tf.ones<tf.Rank.R2>([2, 3])];
    expect(() => lstmCell(z, c)).toThrow(
      'lstmCell takes z of shape [rows, 4·units] for c of [rows, units], received [2,8] and [2,3]',
    );
    tf.dispose([z, c]);
  });
});

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
