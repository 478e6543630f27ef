import { LowbitError, type GradientTransform, type Step } from '@lowbit/plugin-api';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
// registers the gradients of core's ops
import '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
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
