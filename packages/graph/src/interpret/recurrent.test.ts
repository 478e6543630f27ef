import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Recurrence } from '../graph.js';
import { codedWeights, codes, evaluate, expectClose, floats, random, seeds, upTo, weights } from '../testing/nodes.js';

beforeAll(() => tf.setBackend('cpu'));

const GATES = { simple: 1, lstm: 4, gru: 3 } as const;
const LAYERS = { simple: layers.simpleRNN, lstm: layers.lstm, gru: layers.gru } as const;

const plain = {
  kernel: 'k',
  recurrentKernel: 'r',
  bias: 'b',
  activation: 'tanh',
  recurrentActivation: 'sigmoid',
  returnSequences: true,
  goBackwards: false,
} as const satisfies Partial<Recurrence>;

describe.each(['simple', 'lstm', 'gru'] as const)('%s', (cell) => {
  it('is the layer of tf.layers', () => {
    const cases = fc.record({
      steps: upTo(5),
      features: upTo(4),
      units: upTo(4),
      activation: fc.constantFrom('tanh', 'relu', 'linear'),
      recurrentActivation: fc.constantFrom('sigmoid', 'hardSigmoid'),
      returnSequences: fc.boolean(),
      goBackwards: fc.boolean(),
      useBias: fc.boolean(),
      seed: seeds,
    });
    fc.assert(
      fc.property(cases, ({ steps, features, units, useBias, seed, ...how }) => {
        const width = GATES[cell] * units;
        const x = random([steps, features], seed);
        const [k, r, b] = [
          random([features, width], seed + 1),
          random([units, width], seed + 2),
          random([width], seed),
        ];
        const attributes = { ...plain, ...how, cell, bias: useBias ? 'b' : undefined } as const;
        const y = evaluate('recurrent', attributes, [floats([steps, features], x)], {
          k: weights([features, width], k),
          r: weights([units, width], r),
          b: weights([width], b),
        });
        tf.tidy(() => {
          const layer = LAYERS[cell]({ units, useBias, ...how, recurrentInitializer: 'zeros' });
          const input = tf.tensor(x, [1, steps, features]);
          layer.apply(input); // makes the weights
          const [kernel, recurrent] = [tf.tensor(k, [features, width]), tf.tensor(r, [units, width])];
          layer.setWeights(useBias ? [kernel, recurrent, tf.tensor(b, [width])] : [kernel, recurrent]);
          const expected = layer.apply(input) as tf.Tensor;
          expectClose(y, expected.shape.slice(1), expected.dataSync());
          layer.dispose();
        });
      }),
      { numRuns: 40 },
    );
  });

  it('takes coded inputs and kernels with their scales', () => {
    const width = GATES[cell] * 2;
    const signs = { integers: [-1, 1] };
    const bits = (count: number, seed: number) => random([count], seed).map((value) => (value > 0 ? 1 : 0));
    const [k, r] = [bits(3 * width, 1), bits(2 * width, 2)];
    const [ks, rs] = [random([width], 3), random([1], 4)];
    const x = random([4, 3], 5).map((value) => Math.abs(Math.round(3 * value)));
    const coded = evaluate(
      'recurrent',
      { ...plain, cell, bias: undefined, kernelScale: 'ks', recurrentScale: 'rs' },
      [codes([4, 3], x, { integers: [0, 1, 2, 3], scale: 0.5 })],
      {
        k: codedWeights([3, width], k, signs),
        r: codedWeights([2, width], r, signs),
        ks: weights([width], ks),
        rs: weights([1], rs),
      },
    );
    const baked = evaluate('recurrent', { ...plain, cell, bias: undefined }, [floats([4, 3], x)], {
      k: weights(
        [3, width],
        k.map((bit, at) => (2 * bit - 1) * ks[at % width]!),
      ),
      r: weights(
        [2, width],
        r.map((bit) => (2 * bit - 1) * rs[0]!),
      ),
    });
    expectClose(coded, [4, 2], baked.data);
  });
});

describe('by hand, without activations', () => {
  const parameters = {
    k: weights([1, 1], [2]),
    r: weights([1, 1], [3]),
    b: weights([1], [1]),
  };
  const linear = { ...plain, cell: 'simple', activation: 'linear', recurrentActivation: 'linear' } as const;

  it('h ← 2 x + 1 + 3 h', () => {
    expect(evaluate('recurrent', linear, [floats([3, 1], [1, 2, 3])], parameters)).toEqual(floats([3, 1], [3, 14, 49]));
    const last = { ...linear, returnSequences: false };
    expect(evaluate('recurrent', last, [floats([3, 1], [1, 2, 3])], parameters)).toEqual(floats([1], [49]));
  });

  it('backwards, the last step is the first result', () => {
    const backwards = { ...linear, goBackwards: true };
    expect(evaluate('recurrent', backwards, [floats([3, 1], [3, 2, 1])], parameters)).toEqual(
      floats([3, 1], [3, 14, 49]),
    );
  });

  it('the bias joins the input before the state does', () => {
    const big = { ...parameters, b: weights([1], [1]), r: weights([1, 1], [1]) };
    // 2²⁴ + 1 rounds the 1 away, −2²⁴ comes after it
    const y = evaluate('recurrent', linear, [floats([2, 1], [-(2 ** 23), 2 ** 23])], big);
    expect([...y.data]).toEqual([-(2 ** 24) + 1, 1]);
  });
});
