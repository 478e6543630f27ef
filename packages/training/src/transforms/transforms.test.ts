import { LowbitError, type GradientTransform, type Step } from '@lowbit/plugin-api';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
// registers the gradients of core's ops
import '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { meanSquaredError, softmaxCrossEntropy } from '../losses.js';
import { clipByNorm, clipGradients, clipWeights, globalNorm } from './clip.js';
import { selector } from './select.js';
import { weightDecay } from './weight-decay.js';

beforeAll(() => tf.setBackend('cpu'));

const STEP = {} as Step;

function applied(
  transform: GradientTransform,
  gradients: Record<string, number[]>,
  weights: Record<string, number[]> = {},
) {
  return tf.tidy(() => {
    const variables = Object.fromEntries(Object.entries(weights).map(([k, v]) => [k, tf.variable(tf.tensor1d(v))]));
    const given = Object.fromEntries(Object.entries(gradients).map(([k, v]) => [k, tf.tensor1d(v)]));
    const result = transform(given, variables, STEP);
    const values = Object.fromEntries(Object.entries(result).map(([k, v]) => [k, [...v.dataSync()]]));
    tf.dispose(variables);
    return values;
  });
}

describe('selector', () => {
  it.each([
    ['kernels', ['stem/kernel', 'dw/depthwise_kernel', 'lstm/recurrent_kernel', 'words/embeddings']],
    [
      'all',
      ['stem/kernel', 'dw/depthwise_kernel', 'lstm/recurrent_kernel', 'words/embeddings', 'bn/gamma', 'shift/shifts'],
    ],
    ['^stem/|gamma$', ['stem/kernel', 'bn/gamma']],
  ])('%s', (on, selected) => {
    const names = [
      'stem/kernel',
      'dw/depthwise_kernel',
      'lstm/recurrent_kernel',
      'words/embeddings',
      'bn/gamma',
      'shift/shifts',
    ];
    expect(names.filter(selector(on))).toEqual(selected);
  });

  it('refuses what is no regular expression', () => {
    expect(() => selector('(')).toThrow(LowbitError);
  });
});

describe('weightDecay', () => {
  it('adds rate · w to what it applies to', () => {
    const weights = { 'a/kernel': [2, -4], 'a/bias': [3] };
    const gradients = { 'a/kernel': [1, 1], 'a/bias': [1] };
    expect(applied(weightDecay({ rate: 0.5 }), gradients, weights)).toEqual({ 'a/kernel': [2, -1], 'a/bias': [1] });
    expect(applied(weightDecay({ rate: 0.5, on: 'all' }), gradients, weights)).toEqual({
      'a/kernel': [2, -1],
      'a/bias': [2.5],
    });
  });
});

it.each([
  ['weightDecay', () => applied(weightDecay({ rate: 1, on: 'kernal$' }), { 'a/kernel': [1] }, { 'a/kernel': [1] })],
  ["weightTransform 'clip'", () => clipWeights({ on: 'kernal$' })({ 'a/kernel': tf.variable(tf.scalar(1)) }, STEP)],
])('%s refuses a name that no variable has', (where, apply) => {
  expect(apply).toThrow(`no trainable variable has such a name, in ${where} at on, received 'kernal$'`);
});

describe('clipping', () => {
  it('by norm scales all gradients together', () => {
    const clipped = applied(clipByNorm({ norm: 2.5 }), { a: [3], b: [4, 0] });
    expect(clipped).toEqual({ a: [1.5], b: [2, 0] });
    expect(applied(clipByNorm({ norm: 6 }), { a: [3], b: [4] })).toEqual({ a: [3], b: [4] });
    expect(applied(clipByNorm({ norm: 6 }), { a: [0] })).toEqual({ a: [0] });
  });

  it('by norm never leaves more than the norm', () => {
    const vector = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(vector, vector, fc.double({ min: 0.01, max: 50, noNaN: true }), (a, b, norm) => {
        const { a: x, b: y } = applied(clipByNorm({ norm }), { a, b });
        expect(Math.hypot(...x!, ...y!)).toBeLessThanOrEqual(norm * (1 + 1e-5));
      }),
    );
  });

  it('by value clips each', () => {
    expect(applied(clipGradients({ value: 1 }), { a: [-3, 0.5, 2] })).toEqual({ a: [-1, 0.5, 1] });
  });

  it('of weights leaves biases alone', () => {
    const kernel = tf.variable(tf.tensor1d([-3, 0.5]));
    const bias = tf.variable(tf.tensor1d([-3]));
    clipWeights()({ 'a/kernel': kernel, 'a/bias': bias }, STEP);
    expect([...kernel.dataSync(), ...bias.dataSync()]).toEqual([-1, 0.5, -3]);
  });

  it('globalNorm is the norm of all, and leaks nothing', () => {
    const before = tf.memory().numTensors;
    const tensors = [tf.tensor1d([3]), tf.tensor2d([[0, 4]])];
    const norm = globalNorm(tensors);
    expect(norm.dataSync()[0]).toBe(5);
    tf.dispose([norm, ...tensors]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('losses', () => {
  const logits = [
    [1, 2, -1],
    [0.5, 0, 3],
  ];
  const targets = [1, 0];

  /** Straight from the definition, in float64. */
  function reference(smoothing: number): number {
    const losses = logits.map((row, i) => {
      const total = row.reduce((sum, z) => sum + Math.exp(z), 0);
      const p = (c: number) => (c === targets[i] ? 1 - smoothing : 0) + smoothing / row.length;
      return -row.reduce((sum, z, c) => sum + p(c) * Math.log(Math.exp(z) / total), 0);
    });
    return losses.reduce((a, b) => a + b) / losses.length;
  }

  it.each([0, 0.1])('softmax cross-entropy, label smoothing %d', (labelSmoothing) => {
    const loss = tf.tidy(() =>
      softmaxCrossEntropy({ labelSmoothing })(tf.tensor2d(logits), tf.tensor1d(targets, 'int32')).dataSync(),
    );
    expect(loss[0]).toBeCloseTo(reference(labelSmoothing), 6);
  });

  it('softmax cross-entropy has the gradient (softmax − p) / batch', () => {
    const gradient = tf.tidy(() =>
      tf
        .grad((x) => softmaxCrossEntropy()(x, tf.tensor1d(targets, 'int32')))(tf.tensor2d(logits))
        .dataSync(),
    );
    const expected = logits.flatMap((row, i) => {
      const total = row.reduce((sum, z) => sum + Math.exp(z), 0);
      return row.map((z, c) => (Math.exp(z) / total - (c === targets[i] ? 1 : 0)) / 2);
    });
    expected.forEach((value, i) => expect(gradient[i]).toBeCloseTo(value, 6));
  });

  it('mean squared error takes targets [batch] for outputs [batch, 1]', () => {
    const loss = tf.tidy(() => meanSquaredError()(tf.tensor2d([[1], [4]]), tf.tensor1d([2, 2], 'int32')).dataSync());
    expect(loss[0]).toBe(2.5);
  });
});
