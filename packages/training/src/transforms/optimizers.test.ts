import type { GradientTransform, Step } from '@lowbit/plugin-api';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Slots } from '../loop/slots.js';
import { chain, scaleByRate } from './chain.js';
import { adam, momentum, rmsprop, sgd } from './optimizers.js';

beforeAll(() => tf.setBackend('cpu'));

const RATE = 0.03;
const gradients = [0.5, -2, 0.01, 3, -0.25].map((g) => [g, -3 * g, 1e-3 * g]);

function stepAt(index: number, slots: Slots): Step {
  const slot = (name: string, variable: string) => slots.get(name, variable);
  return { index, stageIndex: index, stage: 0, epoch: 0, rate: RATE, seed: 0, rateScale: () => 1, slot };
}

/** Where a variable goes that starts at [1, −1, 0.1] and has these gradients, one a step. */
function path(transform: GradientTransform): number[][] {
  const w = tf.variable(tf.tensor1d([1, -1, 0.1]), true);
  const slots = new Slots({ w });
  const all = chain(transform, scaleByRate);
  const values = gradients.map((gradient, i) => {
    tf.tidy(() => {
      const { w: change } = all({ w: tf.tensor1d(gradient) }, { w }, stepAt(i, slots));
      w.assign(tf.sub(w, change!));
    });
    return [...w.dataSync()];
  });
  slots.clear('');
  w.dispose();
  return values;
}

function referencePath(optimizer: tf.Optimizer): number[][] {
  const w = tf.variable(tf.tensor1d([1, -1, 0.1]), true, 'w');
  const values = gradients.map((gradient) => {
    tf.tidy(() => optimizer.applyGradients({ w: tf.tensor1d(gradient) }));
    return [...w.dataSync()];
  });
  w.dispose();
  optimizer.dispose();
  return values;
}

describe('optimizers', () => {
  it.each<[string, GradientTransform, () => tf.Optimizer]>([
    ['sgd', sgd(), () => tf.train.sgd(RATE)],
    ['momentum', momentum({ momentum: 0.8 }), () => tf.train.momentum(RATE, 0.8)],
    ['nesterov', momentum({ momentum: 0.8, nesterov: true }), () => tf.train.momentum(RATE, 0.8, true)],
    ['adam', adam(), () => tf.train.adam(RATE, 0.9, 0.999, 1e-7)],
    [
      'adam, other constants',
      adam({ beta1: 0.5, beta2: 0.9, epsilon: 1e-3 }),
      () => tf.train.adam(RATE, 0.5, 0.9, 1e-3),
    ],
    ['rmsprop', rmsprop(), () => tf.train.rmsprop(RATE, 0.9, 0, 1e-7)],
    [
      'rmsprop with momentum',
      rmsprop({ decay: 0.7, momentum: 0.6, epsilon: 1e-3 }),
      () => tf.train.rmsprop(RATE, 0.7, 0.6, 1e-3),
    ],
  ])('%s goes where tf.train goes', (_name, transform, optimizer) => {
    const reference = referencePath(optimizer());
    path(transform).forEach((values, i) =>
      values.forEach((value, j) => expect(Math.abs(value - reference[i]![j]!)).toBeLessThan(2e-6)),
    );
  });

  it('scale the rate by variable', () => {
    const one = tf.variable(tf.scalar(1));
    const slots = new Slots({ one });
    const step = { ...stepAt(0, slots), rateScale: (name: string) => (name === 'one' ? 0.01 : 1) };
    const changes = scaleByRate({ one: tf.scalar(2), other: tf.scalar(2) }, {}, step);
    expect(changes.one!.dataSync()[0]).toBeCloseTo(2 * RATE * 0.01, 8);
    expect(changes.other!.dataSync()[0]).toBeCloseTo(2 * RATE, 8);
  });

  it('of a chain keep state of their own, also the same one twice', () => {
    const w = tf.variable(tf.scalar(0));
    const slots = new Slots({ w });
    const twice = chain(momentum({ momentum: 0.5 }), momentum({ momentum: 0.5 }));
    // v1: 1, 1.5; v2: 1, 0.5 + 1.5
    const values = [0, 1].map((i) => twice({ w: tf.scalar(1) }, { w }, stepAt(i, slots)).w!.dataSync()[0]);
    expect(values).toEqual([1, 2]);
  });
});
