import { factory, type ModelContext } from '@lowbit/plugin-api';
import { quantConv2d } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { initializers, layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkModel, describeModel, modelRules } from './model.js';

type Layer = InstanceType<typeof layers.Layer>;

/** A net of two layers; `more` stands between them. */
function net({ inputShape, classes, seed }: ModelContext, more: Layer[] = []): LayersModel {
  const kernelInitializer = initializers.glorotUniform({ seed });
  return sequential({
    layers: [
      quantConv2d({
        inputShape: [...inputShape],
        filters: 4,
        kernelSize: 3,
        kernelInitializer,
        kernelQuantizer: { quantizer: 'lsq', bits: 2 },
      }),
      ...more,
      layers.flatten(),
      layers.dense({ units: classes, kernelInitializer }),
    ],
  });
}

const small = { inputShape: [6, 6, 2], classes: 3 };
describeModel(
  factory(z.strictObject({}), (_options, context: ModelContext) => net(context)),
  small,
);

/** A layer that no class is registered for. */
class Lambda extends layers.Layer {
  static readonly className: string = 'Lambda';
  constructor(private readonly f: (x: tf.Tensor) => tf.Tensor) {
    super({});
  }
  override computeOutputShape<Shape>(shape: Shape): Shape {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return this.f(Array.isArray(inputs) ? inputs[0]! : inputs);
  }
}

const broken: [rule: RegExp, told: RegExp, model: (context: ModelContext) => LayersModel][] = [
  [/^it takes/, /expected shape \[1, 3\] of a batch of 1, received \[1, 4\]/, (c) => net({ ...c, classes: 4 })],
  [
    /^it takes/,
    /expected one input of shape \[, 6, 6, 2\], received \[, 5, 6, 2\]/,
    (c) => net({ ...c, inputShape: [5, 6, 2] }),
  ],
  [
    /^the seed decides/,
    /expected the same weights of the same seed, received others/,
    (c) => net({ ...c, seed: Math.random() * 1e9 }),
  ],
  [/^the seed decides/, /expected other weights of another seed, received the same/, (c) => net({ ...c, seed: 3 })],
  [/^at evaluation/, /as alone, received/, (c) => net(c, [new Lambda((x) => tf.sub(x, tf.mean(x)))])],
  [
    /^the loss has/,
    /received/,
    (c) =>
      net(c, [
        new Lambda((x) => tf.mul(x, tf.cast(tf.greater(x, 0), 'float32'))),
        new Lambda((x) => tf.tensor(x.dataSync(), x.shape)),
      ]),
  ],
  [/^saved, and loaded/, /received the error 'Unknown layer: Lambda/, (c) => net(c, [new Lambda((x) => tf.mul(x, 2))])],
  [
    /^it can be disposed/,
    /on predict, expected as many tensors after as before, received 1 more/,
    (c) => net(c, [new Lambda((x) => (tf.keep(tf.add(x, 1)), tf.clone(x)))]),
  ],
];

it.each(broken)('%s is broken: %s', async (rule, told, model) => {
  await tf.setBackend('cpu');
  const violations = await checkModel((_options: object, context) => model(context), small);
  expect(violations.find((each) => rule.test(each.rule))?.message).toMatch(told);
});

it('any option is taken', async () => {
  const violations = await checkModel(
    factory(z.looseObject({}), (_options, context: ModelContext) => net(context)),
    small,
  );
  expect(violations.map(({ rule }) => rule)).toEqual([modelRules.at(-1)!.name]);
});

it('every rule has a model that breaks it', () => {
  expect(modelRules.slice(0, -1).filter(({ name }) => !broken.some(([rule]) => rule.test(name)))).toEqual([]);
});
