import type { Quantizer } from '@lowbit/plugin-api';
import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import {
  bwnWeights,
  kmeansWeights,
  lsqWeights,
  pactWeights,
  sawbWeights,
  ttqWeights,
  xnorActivations,
} from '../index.js';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { gradientsOf } from '../testing/vectors.js';

const x = [-1.4, -0.93, -0.55, -0.47, -0.2, 0.04, 0.13, 0.31, 0.62, 1.1];
const g = [0.3, -0.7, 1.1, 0.4, -0.2, 0.9, -1.3, 0.6, 0.8, -0.5];
const clip = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));
const largest = Math.max(...x.map(Math.abs));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;

/** A function whose derivatives a quantizer passes for its own, of x and of the numbers of its state. */
type Surrogate = (x: readonly number[], state: readonly number[]) => number[];

/** dL/dx and dL/dstate of Σ g·surrogate, by central differences. */
function differences(surrogate: Surrogate, state: readonly number[]): number[] {
  const at = [...x, ...state];
  const loss = (values: number[]) =>
    surrogate(values.slice(0, x.length), values.slice(x.length)).reduce((sum, value, i) => sum + g[i]! * value, 0);
  const h = 1e-6;
  return at.map((value, i) => (loss(at.with(i, value + h)) - loss(at.with(i, value - h))) / (2 * h));
}

const ttq = ttqWeights({ threshold: 0.3 });
const theta = 0.3 * largest;
const kmeansState = { centres: [-1, 0, 0.5, 1], boundaries: [-0.5, 0.25, 0.75] };
const clusterOf = (value: number) => kmeansState.boundaries.filter((boundary) => value > boundary).length;
const alphaOfSawb = 3.12 * Math.sqrt(x.reduce((sum, value) => sum + value ** 2, 0) / x.length) - 2.064 * mean(x);
const step = 0.23;
const codeOf = (value: number) => Math.round(Math.max(-4, Math.min(3, value / step)));

const declared: [string, Quantizer, Readonly<Record<string, number[]>>, Surrogate][] = [
  ['PACT: the clip', pactWeights({ bits: 3 }), { alpha: [0.9] }, (w, [alpha]) => w.map((value) => clip(value, alpha!))],
  [
    'SAWB: the clip, its limit a constant',
    sawbWeights({ bits: 2 }),
    {},
    (w) => w.map((value) => clip(value, alphaOfSawb)),
  ],
  [
    'BWN, exact: α(W)·clip(W, −1, 1), with the sign for the value of the clip',
    bwnWeights({ gradient: 'exact', granularity: 'tensor' }),
    {},
    (w) => w.map((value, i) => (mean(w) - mean(x)) * Math.sign(x[i]!) + mean(x) * clip(value, 1)),
  ],
  [
    'TTQ: w·W_p, w·W_n and w, with the levels for the values in W_p and W_n',
    ttq,
    { positive: [1.1], negative: [0.8] },
    (w, [positive, negative]) =>
      w.map((value, i) => {
        const moved = value - x[i]!;
        if (x[i]! > theta) return positive! + moved * 1.1;
        return x[i]! < -theta ? -negative! + moved * 0.8 : moved;
      }),
  ],
  [
    'k-means: the centre of the cluster, of which only centres move',
    kmeansWeights({ bits: 2 }),
    kmeansState,
    (_w, state) => x.map((value) => state[clusterOf(value)]!),
  ],
  [
    'k-means, nearest: and the weight itself',
    kmeansWeights({ bits: 2, assignment: 'nearest' }),
    { centres: kmeansState.centres },
    (w, state) => w.map((value, i) => state[clusterOf(x[i]!)]! + value - x[i]!),
  ],
  [
    'LSQ: s·(v/s + what rounding added), within the range; of s by 1/√(N·Qp)',
    lsqWeights({ bits: 3 }),
    { step: [step] },
    (v, [s]) =>
      v.map((value, i) => {
        const scaled = step + (s! - step) / Math.sqrt(x.length * 3);
        const ratio = x[i]! / step;
        if (ratio <= -4 || ratio >= 3) return scaled * codeOf(x[i]!);
        return value + (scaled - step) * (codeOf(x[i]!) - ratio);
      }),
  ],
  ["XNOR-Net's sign: the clip to [−1, 1]", xnorActivations(), {}, (v) => v.map((value) => clip(value, 1))],
];

describe('the gradient is that of the declared surrogate, by finite differences', () => {
  it.each(declared)('%s', (_name, quantizer, state, surrogate) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const held = Object.entries(state).map(([name, values]) => {
          const shape = quantizer.state!.find((spec) => spec.name === name)!.shape([x.length], 0);
          return [name, tf.tensor(values, shape)] as const;
        });
        const trained = new Set(quantizer.state?.filter(({ trainable }) => trainable).map(({ name }) => name));
        const own = gradientsOf(
          quantizer,
          tf.tensor1d(x),
          tf.tensor1d(g),
          Object.fromEntries(held.filter(([name]) => trained.has(name))),
          { state: Object.fromEntries(held) },
        );
        const numbers = Object.entries(state).flatMap(([name, values]) => (trained.has(name) ? values : []));
        expectClose(own.flatMap(valuesOf), differences(surrogate, numbers), 2e-4);
      }),
    ),
  );
});
