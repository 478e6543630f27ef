import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate, expectClose, floats, random, seeds, upTo, weights } from '../testing/nodes.js';
import { unaryFunctions } from './unary.js';

beforeAll(() => tf.setBackend('cpu'));

const binaries = { add: tf.add, subtract: tf.sub, multiply: tf.mul, maximum: tf.maximum } as const;
const names = Object.keys(binaries) as (keyof typeof binaries)[];

/** Two shapes of which one may have fewer axes, and sizes of 1 where the other has more. */
const shapes = fc
  .array(fc.tuple(upTo(4), fc.constantFrom('both', 'a', 'b')), { minLength: 1, maxLength: 3 })
  .chain((axes) =>
    fc.record({
      a: fc.constant(axes.map(([side, who]) => (who === 'b' ? 1 : side))),
      b: fc.nat(axes.length).map((drop) => axes.map(([side, who]) => (who === 'a' ? 1 : side)).slice(drop)),
      swap: fc.boolean(),
    }),
  )
  .map(({ a, b, swap }) => (swap ? ([b, a] as const) : ([a, b] as const)));

describe.each(names)('%s', (op) => {
  it('repeats sizes of 1 as TensorFlow.js does, and rounds', () => {
    fc.assert(
      fc.property(shapes, seeds, ([left, right], seed) => {
        const [a, b] = [random(left, seed), random(right, seed + 1)];
        const y = evaluate(op, {}, [floats(left, a), floats(right, b)]);
        tf.tidy(() => {
          const expected = binaries[op](tf.tensor(a, [...left]), tf.tensor(b, [...right]));
          expectClose(y, expected.shape, expected.dataSync(), 0);
        });
      }),
    );
  });
});

it('the maximum of NaN is NaN, of −0 and +0 it is +0', () => {
  const y = evaluate('maximum', {}, [floats([3], [NaN, -0, 1]), floats([3], [1, 0, NaN])]);
  expect([...y.data]).toEqual([NaN, 0, NaN]);
});

it('affine multiplies, then adds, each rounded, by channels of the last axis', () => {
  const parameters = { s: weights([2], [0.1, -3]), b: weights([2], [0.2, 1]) };
  const x = floats([2, 2], [1.1, 2, 3, 4]);
  const f = Math.fround;
  const [s, b] = [f(0.1), f(0.2)];
  const y = evaluate('affine', { scale: 's', bias: 'b' }, [x], parameters);
  expect([...y.data]).toEqual([f(f(f(1.1) * s) + b), -5, f(f(3 * s) + b), -11]);
  expect([...evaluate('affine', { bias: 'b' }, [x], parameters).data]).toEqual([f(f(1.1) + b), 3, f(3 + b), 5]);
  expect([...evaluate('affine', { scale: 'one' }, [x], { one: weights([1], [2]) }).data]).toEqual([
    f(f(1.1) * 2),
    4,
    6,
    8,
  ]);
});

it('clip limits to float32 limits; NaN stays', () => {
  const y = evaluate('clip', { min: -0.1, max: 6.1 }, [floats([5], [-1, 0, 7, NaN, Infinity])]);
  expect([...y.data]).toEqual([Math.fround(-0.1), 0, Math.fround(6.1), NaN, Math.fround(6.1)]);
});

describe('unary', () => {
  const formulas: { readonly [name in keyof typeof unaryFunctions]: (x: number) => number } = {
    relu: (x) => (x > 0 ? x : 0),
    relu6: (x) => (x > 6 ? 6 : x > 0 ? x : 0),
    abs: Math.abs,
    sign: Math.sign,
    sigmoid: (x) => 1 / (1 + Math.exp(-x)),
    hardSigmoid: (x) => (x < -2.5 ? 0 : x > 2.5 ? 1 : 0.2 * x + 0.5),
    tanh: Math.tanh,
    exp: Math.exp,
    gelu: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    elu: (x) => (x > 0 ? x : Math.expm1(x)),
    softplus: (x) => Math.log1p(Math.exp(x)),
    sqrt: Math.sqrt,
  };

  it.each(Object.keys(unaryFunctions) as (keyof typeof unaryFunctions)[])('%s', (name) => {
    const values = [-8, -2.5, -1, -0.3, 0, 0.3, 1, 2.5, 6, 8].filter((x) => name !== 'sqrt' || x >= 0);
    const x = floats([values.length], values);
    const y = evaluate('unary', { function: name }, [x]);
    // gelu's form with tanh is near the one with erf
    expectClose(y, x.shape, [...x.data].map(formulas[name]), name === 'gelu' ? 1e-3 : 2e-7);
    expect(evaluate('unary', { function: name }, [floats([1], [NaN])]).data[0]).toBeNaN();
  });

  it('keeps or loses the sign of 0 as the docstring says', () => {
    expect(unaryFunctions.relu(-0)).toBe(0);
    expect(unaryFunctions.relu6(-0)).toBe(0);
    expect(unaryFunctions.abs(-0)).toBe(0);
    expect(unaryFunctions.sign(-0)).toBe(-0);
    expect(unaryFunctions.tanh(-0)).toBe(-0);
    expect(unaryFunctions.sqrt(-0)).toBe(-0);
  });
});
