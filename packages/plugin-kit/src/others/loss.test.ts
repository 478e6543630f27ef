import { factory, type Loss } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkLoss, describeLoss, lossRules } from './loss.js';

const absolute: Loss = (outputs, targets) => tf.mean(tf.abs(tf.sub(outputs, targets)));

describeLoss(
  factory(z.strictObject({}), () => absolute),
  { targets: 'values' },
);

const broken: [rule: RegExp, told: RegExp, loss: Loss][] = [
  [
    /^it is a finite scalar/,
    /expected a scalar, received \[6\]/,
    (o, t) => tf.mean(tf.abs(tf.sub(o, t)), -1) as tf.Scalar,
  ],
  [
    /^it is a finite scalar/,
    /on outputs in the hundreds, expected a finite value, received Infinity/,
    (o) => tf.mean(tf.exp(o)),
  ],
  [/^it is a mean/, /the mean of the parts, received/, (o, t) => tf.sum(tf.abs(tf.sub(o, t)))],
  [
    /^its gradient/,
    /on ordinary outputs, expected .* to .* at \[0\], received/,
    tf.customGrad((o, t) => ({
      value: tf.mean(tf.abs(tf.sub(o as tf.Tensor, t as tf.Tensor))) as tf.Tensor,
      gradFunc: (dy: tf.Tensor) => [tf.mul(tf.onesLike(o as tf.Tensor), dy), tf.zerosLike(t as tf.Tensor)],
    })) as unknown as Loss,
  ],
  [/^in a tidy/, /expected as many tensors after as before, received 1 more/, (o, t) => tf.keep(absolute(o, t))],
];

it.each(broken)('%s is broken: %s', async (rule, told, loss) => {
  await tf.setBackend('cpu');
  const violations = await checkLoss(() => loss, { targets: 'values' });
  expect(violations.find((each) => rule.test(each.rule))?.message).toMatch(told);
});

it('any option is taken', async () => {
  const violations = await checkLoss(
    factory(z.looseObject({}), () => absolute),
    { targets: 'values' },
  );
  expect(violations.map(({ rule }) => rule)).toEqual([lossRules.at(-1)!.name]);
});

it('every rule has a loss that breaks it', () => {
  expect(lossRules.slice(0, -1).filter(({ name }) => !broken.some(([rule]) => rule.test(name)))).toEqual([]);
});
