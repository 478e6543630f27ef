import { factory, type GradientTransform, type WeightTransform } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { z } from 'zod';
import {
  checkGradientTransform,
  checkWeightTransform,
  describeGradientTransform,
  describeWeightTransform,
  transformRules,
} from './transforms.js';

type Change = (gradient: tf.Tensor, name: string, step: Parameters<GradientTransform>[2]) => tf.Tensor;

function each(change: Change): GradientTransform {
  return (gradients, _variables, step) =>
    Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, change(gradient, name, step)]));
}

const momentum = each((gradient, name, step) => {
  const velocity = step.slot('velocity', name);
  velocity.assign(tf.add(tf.mul(velocity, 0.9), gradient));
  return tf.clone(velocity);
});
const clip: WeightTransform = (variables) => {
  for (const each of Object.values(variables)) each.assign(tf.clipByValue(each, -1, 1));
};

describeGradientTransform(
  factory(z.strictObject({}), () => momentum),
  { backends: ['wasm'] },
);
describeWeightTransform(factory(z.strictObject({}), () => clip));

let calls = 0;
const broken: [rule: RegExp, told: RegExp, transform: () => GradientTransform][] = [
  [
    /^each variable/,
    /on step 0, expected \[4\] for 'norm\/gamma', received \[1, 4\]/,
    () => each((g, name) => (name === 'norm/gamma' ? tf.expandDims(g) : g)),
  ],
  [
    /^each variable/,
    /expected results for conv\/kernel, .*, received conv\/kernel$/,
    () => (gradients) => ({ 'conv/kernel': gradients['conv/kernel']! }),
  ],
  [
    /^gradients of zeros/,
    /expected finite values for 'conv\/kernel', received NaN/,
    () => each((g) => tf.div(g, tf.norm(g))),
  ],
  [
    /^all that it remembers/,
    /expected the same bits after resuming, received/,
    () => {
      let step = 0;
      return each((g) => tf.mul(g, ++step));
    },
  ],
  [/^the same gradients/, /expected the same bits, received/, () => each((g) => tf.mul(g, ++calls))],
  [
    /^gradients, and the variables/,
    /expected the variables unchanged, received/,
    () => (g, variables) => (clip(variables, undefined as never), g),
  ],
  [
    /^a step in a tidy/,
    /on step 0, expected as many tensors after as before, slots not counted, received 4 more/,
    () => each((g) => tf.keep(tf.add(g, 1))),
  ],
];

it.each(broken)('%s is broken: %s', async (rule, told, transform) => {
  await tf.setBackend('cpu');
  const violations = await checkGradientTransform(transform);
  expect(violations.find((found) => rule.test(found.rule))?.message).toMatch(told);
});

it('a weight transform that divides by what may be zero', async () => {
  const bad: WeightTransform = (variables) => {
    for (const each of Object.values(variables)) each.assign(tf.div(each, tf.sub(each, each)));
  };
  const [violation] = await checkWeightTransform(() => bad);
  expect(violation!.message).toMatch(/expected finite values for 'conv\/kernel', received -?Infinity/);
});

it('any option is taken', async () => {
  const violations = await checkGradientTransform(factory(z.looseObject({}), () => momentum));
  expect(violations.map(({ rule }) => rule)).toEqual([transformRules.at(-1)!.name]);
});

it('every rule has a transform that breaks it', () => {
  expect(transformRules.slice(0, -1).filter(({ name }) => !broken.some(([rule]) => rule.test(name)))).toEqual([]);
});
