import type { GradientTransform, Step } from '@lowbit/plugin-api';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Slots } from '../loop/slots.js';
import { chain, scaleByRate } from './chain.js';
import { clipGradients } from './clip.js';
import { descent } from './descent.js';
import { elementwise } from './elementwise.js';
import { adam, momentum, rmsprop, sgd } from './optimizers.js';
import { weightDecay } from './weight-decay.js';

beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.setBackend('cpu'));

const [RATE, SCALE, DECAY] = [0.03, 0.1, 0.01];

function stepAt(index: number, slots: Slots): Step {
  const slot = (name: string, variable: string) => slots.get(name, variable);
  return { index, stageIndex: index, stage: 0, epoch: 0, rate: RATE, seed: 0, rateScale: () => SCALE, slot };
}

type Update = (w: tf.Tensor, gradient: tf.Tensor, slot: (name: string) => tf.Variable, index: number) => tf.Tensor;

function keep(slot: tf.Variable, value: tf.Tensor): tf.Tensor {
  slot.assign(value);
  return value;
}

const average = (slot: tf.Variable, value: tf.Tensor, kept: number) =>
  keep(slot, tf.add(tf.mul(slot, kept), tf.mul(value, 1 - kept)));

/** L2 decay, the change and the update, op by op. */
const update =
  (change: Update): Update =>
  (w, gradient, slot, index) =>
    tf.sub(w, tf.mul(change(w, tf.add(gradient, tf.mul(w, DECAY)), slot, index), RATE * SCALE));

const cases: [string, GradientTransform, Update][] = [
  ['sgd', sgd(), (_w, g) => g],
  [
    'momentum',
    momentum({ momentum: 0.8 }),
    (_w, g, slot) => keep(slot('velocity'), tf.add(tf.mul(slot('velocity'), 0.8), g)),
  ],
  [
    'nesterov',
    momentum({ nesterov: true }),
    (_w, g, slot) => tf.add(g, tf.mul(keep(slot('velocity'), tf.add(tf.mul(slot('velocity'), 0.9), g)), 0.9)),
  ],
  [
    'adam',
    adam(),
    (_w, g, slot, index) => {
      const m = tf.div(average(slot('first-moment'), g, 0.9), 1 - 0.9 ** (index + 1));
      const v = tf.div(average(slot('second-moment'), tf.square(g), 0.999), 1 - 0.999 ** (index + 1));
      return tf.div(m, tf.add(tf.sqrt(v), 1e-7));
    },
  ],
  [
    'rmsprop',
    rmsprop({ momentum: 0.5 }),
    (_w, g, slot) => {
      const scaled = tf.div(g, tf.sqrt(tf.add(average(slot('mean-square'), tf.square(g), 0.9), 1e-7)));
      return keep(slot('velocity'), tf.add(tf.mul(slot('velocity'), 0.5), scaled));
    },
  ],
];

/** The bits of a variable and its slots after steps; a NaN is a NaN. */
async function path(
  weights: number[],
  gradients: number[][],
  take: (w: tf.Variable, g: tf.Tensor, step: Step) => void,
) {
  const w = tf.tidy(() => tf.variable(tf.tensor1d(weights, 'float32')));
  const slots = new Slots({ w });
  gradients.forEach((gradient, i) => tf.tidy(() => take(w, tf.tensor1d(gradient, 'float32'), stepAt(i, slots))));
  const values = [w.dataSync(), ...Object.values(await slots.read()).map(({ data }) => data)];
  slots.clear('');
  w.dispose();
  return values.map((each) => Array.from(each, (value) => (Object.is(value, -0) ? '-0' : value)));
}

const float = fc.oneof(
  { arbitrary: fc.float(), weight: 4 },
  { arbitrary: fc.float({ min: -2, max: 2, noNaN: true }), weight: 8 },
  { arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 2 ** -149), weight: 1 },
);

/** Weights and as many gradients for each of three steps. */
const walk = fc
  .oneof(fc.nat(21), fc.integer({ min: 250, max: 530 }))
  .chain((size) => fc.array(fc.array(float, { minLength: size, maxLength: size }), { minLength: 4, maxLength: 4 }));

async function kernelsOf(body: () => void): Promise<string[]> {
  const { kernels } = await tf.profile(() => tf.tidy(body));
  return kernels.map(({ name }) => name);
}

describe('an update', () => {
  it.each(cases)('by %s in one pass has the bits of the ops', async (_name, transform, change) => {
    const descend = descent([weightDecay({ rate: DECAY, on: 'all' }), transform, scaleByRate]);
    const before = tf.memory().numTensors;
    await fc.assert(
      fc.asyncProperty(walk, async ([weights, ...gradients]) => {
        const own = await path(weights!, gradients, (w, g, step) => descend({ w: g }, { w }, step));
        const ops = await path(weights!, gradients, (w, g, step) =>
          w.assign(update(change)(w, g, (name) => step.slot(name, 'w'), step.stageIndex)),
        );
        expect(own).toEqual(ops);
      }),
      { numRuns: 60, seed: 5 },
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(cases)('by %s is one kernel', async (_name, transform) => {
    const w = tf.variable(tf.ones([3, 5]));
    const slots = new Slots({ w });
    const g = tf.ones([3, 5]);
    const decay = weightDecay({ rate: DECAY, on: 'all' });
    const descend = descent([decay, transform, decay, scaleByRate]);
    tf.tidy(() => descend({ w: g }, { w }, stepAt(0, slots)));
    expect(await kernelsOf(() => descend({ w: g }, { w }, stepAt(1, slots)))).toEqual(['Elementwise']);
    slots.clear('');
    tf.dispose([w, g]);
  });

  it('goes through transforms of any kind, in their order', async () => {
    const clip: GradientTransform = clipGradients({ value: 1 });
    const halve = elementwise(() => (math, gradient) => math.div(gradient, 2));
    const w = tf.variable(tf.tensor1d([1, 2]));
    const slots = new Slots({ w });
    const g = tf.tensor1d([8, -1]);
    const updated = async (...transforms: GradientTransform[]) => {
      w.assign(tf.tensor1d([1, 2]));
      const kernels = await kernelsOf(() => descent(transforms)({ w: g }, { w }, stepAt(0, slots)));
      return [[...w.dataSync()], kernels];
    };
    expect(await updated(halve, clip, halve)).toEqual([
      [0.5, 2.25],
      ['Elementwise', 'ClipByValue', 'Elementwise'],
    ]);
    expect(await updated(clip, halve, halve)).toEqual([
      [0.75, 2.25],
      ['ClipByValue', 'Elementwise'],
    ]);
    expect(await updated(halve, chain(halve, clip))).toEqual([
      [0, 2.25],
      ['Elementwise', 'Elementwise', 'ClipByValue', 'Elementwise'],
    ]);
    slots.clear('');
    tf.dispose([w, g]);
  });

  it('takes a gradient of another shape by ops', () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const slots = new Slots({ w });
    tf.tidy(() => descent([momentum(), scaleByRate])({ w: tf.scalar(10) }, { w }, stepAt(0, slots)));
    expect([...w.dataSync()].map((value) => value.toFixed(4))).toEqual(['0.9700', '1.9700']);
    slots.clear('');
    w.dispose();
  });
});

describe('state', () => {
  it('can be what was there already, and be looked at twice', () => {
    const w = tf.variable(tf.tensor1d([5]));
    const slots = new Slots({ w });
    const last = elementwise(() => (math, gradient, at) => {
      const before = at.state('last', (old) => old);
      at.state('last', () => gradient);
      at.state('total', (old) => math.add(old, gradient));
      return math.add(
        before,
        at.state('total', (old) => math.mul(old, 10)),
      );
    });
    const changes = [1, 2].map((value, i) =>
      tf.tidy(() => last({ w: tf.tensor1d([value]) }, { w }, stepAt(i, slots)).w!.dataSync()[0]),
    );
    expect(changes).toEqual([10, 1 + (10 + 2) * 10]);
    expect([...slots.get('last', 'w').dataSync(), ...slots.get('total', 'w').dataSync()]).toEqual([2, 120]);
    slots.clear('');
    w.dispose();
  });

  it('is not written where a variable shares its memory', () => {
    const w = tf.variable(tf.tensor1d([1]));
    const [slots, snapshot] = [new Slots({ w }), tf.clone(w)];
    tf.tidy(() => descent([scaleByRate])({ w: tf.tensor1d([100]) }, { w }, stepAt(0, slots)));
    expect([w.dataSync()[0]!.toFixed(3), snapshot.dataSync()[0]]).toEqual(['0.700', 1]);
    tf.dispose([w, snapshot]);
  });
});
