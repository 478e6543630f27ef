import type { Precision } from '@lowbit/plugin-api';
import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { dorefaActivations, dorefaGradients, dorefaWeights, quantizeBackward, quantizeK } from '../index.js';

const THIRD = 1 / 3;

describe('quantizeK', () => {
  it('reproduces the reference vectors', () => {
    const two = valuesOf(quantizeK(tf.tensor1d([0, 0.1, 0.16, 0.17, 0.4, 0.5, 0.6, 0.84, 1]), 2));
    expectClose(two, [0, 0, 0, THIRD, THIRD, 2 * THIRD, 2 * THIRD, 1, 1]);
    expectClose(valuesOf(quantizeK(tf.tensor1d([0.3, 0.7, 0.55]), 4)), [0.266667, 0.666667, 0.533333]);
  });

  it('rounds a tie to the even code', () => {
    expect(valuesOf(quantizeK(tf.tensor1d([0.5]), 1))).toEqual([0]);
  });

  it('passes the gradient straight through', () =>
    leavesNoTensors(() => {
      tf.tidy(() => {
        const g = tf.tensor1d([1, -2, 3]);
        expectClose(
          tf
            .grad((x) => quantizeK(x, 3))(tf.tensor1d([0.1, 0.5, 0.9]), g)
            .dataSync(),
          [1, -2, 3],
        );
      });
    }));
});

describe('dorefaWeights', () => {
  const w = [-1.2, -0.3, 0, 0.1, 0.45, 2.0];
  const vectors: [Precision, number[]][] = [
    [1, [-0.675, -0.675, 0.675, 0.675, 0.675, 0.675]],
    [2, [-1, -THIRD, THIRD, THIRD, THIRD, 1]],
    [3, [-1, -0.428571, 0.142857, 0.142857, 0.428571, 1]],
    [4, [-0.866667, -0.333333, 0.066667, 0.066667, 0.466667, 1]],
    [8, [-0.866667, -0.301961, 0.003922, 0.105882, 0.435294, 1]],
    ['float', w],
  ];
  it.each(vectors)('reproduces the reference vector at %s bits', (bits, expected) => {
    expectClose(valuesOf(dorefaWeights({ bits }).quantize(tf.tensor1d(w))), expected);
  });

  const g = [1, -2, 0.5, 1, -1, 0.25];
  const gradient = (bits: Precision, maxGradient: 'flow' | 'constant') =>
    valuesOf(
      tf.tidy(() => tf.grad((x) => dorefaWeights({ bits, maxGradient }).quantize(x))(tf.tensor1d(w), tf.tensor1d(g))),
    );

  it.each([2, 3, 4, 8] as const)('has the reference gradients at %i bits', (bits) => {
    expectClose(gradient(bits, 'flow'), [0.316402, -1.89857, 0.518657, 1.02701, -0.852674, 0.04358]);
    expectClose(gradient(bits, 'constant'), [0.316402, -1.89857, 0.518657, 1.02701, -0.852674, 0.018322]);
  });

  it('passes the gradient straight through at 1 bit and at float', () => {
    expectClose(gradient(1, 'flow'), g);
    expectClose(gradient('float', 'flow'), g);
  });

  it('has the gradient of its surrogate, found by finite differences in float64', () => {
    const surrogate = (weights: number[]) => {
      const t = weights.map(Math.tanh);
      const m = Math.max(...t.map(Math.abs));
      return t.reduce((sum, each, i) => sum + (g[i]! * each) / m, 0);
    };
    const h = 1e-6;
    const differences = w.map((_, i) => {
      const moved = (by: number) => w.map((each, j) => (i === j ? each + by : each));
      return (surrogate(moved(h)) - surrogate(moved(-h))) / (2 * h);
    });
    expectClose(gradient(3, 'flow'), differences);
  });

  it('shares the gradient of the maximum evenly among ties', () => {
    const tie = [0.5, -0.5, 0.1];
    const actual = valuesOf(
      tf.tidy(() => tf.grad((x) => dorefaWeights({ bits: 2 }).quantize(x))(tf.tensor1d(tie), tf.tensor1d([1, 1, 1]))),
    );
    const t = tie.map(Math.tanh);
    const m = t[0]!;
    const through = (t[0]! + t[1]! + t[2]!) / (m * m) / 2;
    const expected = [1 / m - through, 1 / m + through, 1 / m].map((each, i) => each * (1 - t[i]! ** 2));
    expectClose(actual, expected);
  });

  it('takes the scale of an all-zero tensor as 1', () => {
    expectClose(valuesOf(dorefaWeights({ bits: 2 }).quantize(tf.zeros([3]))), [THIRD, THIRD, THIRD]);
    expectClose(valuesOf(dorefaWeights({ bits: 1 }).quantize(tf.zeros([2]))), [0, 0]);
  });

  it.each([0, 9, 2.5, '4', NaN])('refuses %s bits', (bits) => {
    expect(() => dorefaWeights({ bits: bits as Precision })).toThrow(
      /bits must be a whole number from 1 to 8, or "float", in quantizer 'dorefa' \(weights\), received /,
    );
  });
});

describe('dorefaActivations', () => {
  const x = [-0.4, 0, 0.1, 0.34, 0.5, 0.99, 1, 1.7];

  it('reproduces the reference vectors', () => {
    const at = (bits: Precision) => valuesOf(dorefaActivations({ bits }).quantize(tf.tensor1d(x)));
    expectClose(at(2), [0, 0, 0, THIRD, 2 * THIRD, 1, 1, 1]);
    expectClose(at(4), [0, 0, 0.133333, 0.333333, 0.533333, 1, 1, 1]);
    expectClose(at('float'), [0, 0, 0.1, 0.34, 0.5, 0.99, 1, 1]);
  });

  it.each([1, 2, 4, 'float'] as const)('passes the gradient in [0, 1] at %s bits', (bits) => {
    const g = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
    const actual = tf.tidy(() =>
      tf.grad((v) => dorefaActivations({ bits }).quantize(v))(tf.tensor1d(x), tf.tensor1d(g)),
    );
    expectClose(valuesOf(actual), [0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0]);
  });
});

describe('dorefaGradients', () => {
  const rows = [
    [0.4, -0.2, 0.05, -1],
    [0.02, 0.01, -0.03, 0],
  ];

  it('reproduces the reference vector without noise', () => {
    const actual = valuesOf(dorefaGradients({ bits: 2, noise: 'none' }).quantize(tf.tensor2d([rows[0]!])));
    expectClose(actual, [THIRD, -THIRD, THIRD, -1]);
  });

  it('lies on the grid of each sample and repeats by seed', () => {
    const quantizer = dorefaGradients({ bits: 4 });
    const draw = (seed: number) => valuesOf(quantizer.quantize(tf.tensor2d(rows), { seed }));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    draw(3).forEach((value, i) => {
      const scale = i < 4 ? 1 : 0.03;
      const code = (value / (2 * scale) + 0.5) * 15;
      expect(Math.abs(code - Math.round(code))).toBeLessThan(1e-4);
    });
  });

  it('is right on average', () => {
    const quantizer = dorefaGradients({ bits: 2 });
    const draws = 4000;
    const sums = [0, 0, 0, 0];
    for (let seed = 0; seed < draws; seed++) {
      valuesOf(quantizer.quantize(tf.tensor2d([[0.4, -0.2, 0.05, -1]]), { seed })).forEach((v, i) => (sums[i]! += v));
    }
    // the standard deviation of one draw is below 1/3, of the mean below 0.0053: five of those
    [0.4, -0.2, 0.05].forEach((value, i) => expect(Math.abs(sums[i]! / draws - value)).toBeLessThan(0.027));
  });

  it('keeps a sample of zeros at zero', () => {
    expectClose(valuesOf(dorefaGradients({ bits: 2 }).quantize(tf.zeros([2, 3]), { seed: 1 })), [0, 0, 0, 0, 0, 0]);
  });

  it('quantizes what flows back and nothing that flows forward', () => {
    const quantizer = dorefaGradients({ bits: 2, noise: 'none' });
    const x = [[0.3, 0.7, 0.1, 0.2]];
    tf.tidy(() => {
      expectClose(quantizeBackward(tf.tensor2d(x), quantizer).dataSync(), x[0]!);
      const back = tf.grad((v) => quantizeBackward(v, quantizer))(tf.tensor2d(x), tf.tensor2d([rows[0]!]));
      expectClose(back.dataSync(), [THIRD, -THIRD, THIRD, -1]);
    });
  });
});
