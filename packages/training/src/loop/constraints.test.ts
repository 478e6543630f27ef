import '@tensorflow/tfjs-backend-cpu';
import { lsqActivations, quantActivation } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { constraints, layers, sequential } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { constraintsOf } from './constraints.js';
import { namedWeights } from './weights.js';

it("keeps weights where quantizers and the layers' own constraints want them", () => {
  const model = sequential({
    layers: [
      layers.dense({ name: 'fc', units: 1, inputShape: [1], kernelConstraint: constraints.nonNeg() }),
      quantActivation({ name: 'act', quantizer: lsqActivations({ bits: 2 }) }),
    ],
  });
  const { trainable } = namedWeights(model);
  for (const variable of Object.values(trainable)) tf.tidy(() => variable.assign(tf.fill(variable.shape, -1)));
  const before = tf.memory().numTensors;
  constraintsOf(model)(trainable, {} as never);
  expect(tf.memory().numTensors).toBe(before);
  const values = Object.fromEntries(Object.entries(trainable).map(([name, each]) => [name, each.dataSync()[0]]));
  expect(values).toEqual({ 'fc/kernel': 0, 'fc/bias': -1, 'act/activations_step': 2 ** -24 });
  model.dispose();
});
