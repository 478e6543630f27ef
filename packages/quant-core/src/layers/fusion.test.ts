import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { layers, input, model as functionalModel, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchNorm, quantActivation, relu, withFusion, withPrecision } from '../index.js';
import { bitsOf } from '../testing/helpers.js';

beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.setBackend('cpu'));

const rounding = (bits: number | 'float' | 'relu' = 4) =>
  bits === 'relu' ? relu() : quantActivation({ quantizer: { quantizer: 'dorefa', bits } });

/** Two normalizations with activations, of `channels` channels. */
function chain(channels: number, bits: number | 'float' | 'relu' = 4): LayersModel {
  const model = sequential({
    layers: [
      layers.inputLayer({ inputShape: [3, channels] }),
      batchNorm({ epsilon: 0.01 }),
      rounding(bits),
      batchNorm(),
      rounding(bits),
    ],
  });
  tf.tidy(() =>
    model.setWeights(model.getWeights().map((w, i) => tf.abs(tf.randomNormal(w.shape, 0.5, 0.3, 'float32', i + 1)))),
  );
  return model;
}

/** Bits of a training pass: result, gradients to the input and the weights, moving statistics. And the kernels that ran. */
async function pass(model: LayersModel, batch: number, fuse: boolean) {
  const channels = model.inputs[0]!.shape.at(-1)!;
  const moving = model.nonTrainableWeights.map((weight) => weight.read());
  const start = moving.map((tensor) => tensor.dataSync().slice());
  const results: unknown[] = [];
  const { kernels } = await tf.profile(() =>
    tf.tidy(() => {
      const x = tf.variable(tf.randomNormal([batch, 3, channels], 0.2, 1, 'float32', 7));
      const dy = tf.randomNormal([batch, 3, channels], 0, 1, 'float32', 8);
      const apply = () => model.apply(x, { training: true }) as tf.Tensor;
      const { value, grads } = tf.variableGrads(() => {
        const y = fuse ? withFusion(model, apply) : apply();
        results.push([...bitsOf(y.dataSync<'float32'>())]);
        return tf.sum(tf.mul(y, dy)) as tf.Scalar;
      });
      for (const tensor of [value, ...Object.values(grads)]) results.push([...bitsOf(tensor.dataSync<'float32'>())]);
      x.dispose();
    }),
  );
  for (const weight of model.nonTrainableWeights) results.push([...bitsOf(weight.read().dataSync<'float32'>())]);
  tf.tidy(() =>
    model.nonTrainableWeights.forEach((weight, i) => weight.write(tf.tensor(start[i]!, weight.shape as number[]))),
  );
  return { results, kernels: kernels.map(({ name }) => name) };
}

describe('withFusion', () => {
  // whole words of marks and parts of one, channels by 16, by 4 and by neither, more than one block of rows
  it.each([
    [16, 50, 4],
    [20, 9, 1],
    [5, 30, 8],
    [3, 1, 4],
    [33, 23, 'float'],
    [16, 50, 'relu'],
    [5, 9, 'relu'],
  ] as const)(
    'gives the bits that the layers give one by one: %i channels, batch %i, %s bits',
    (channels, batch, bits) =>
      leavesNoTensors(async () => {
        const model = chain(channels, bits);
        const apart = await pass(model, batch, false);
        const together = await pass(model, batch, true);
        expect(together.results).toEqual(apart.results);
        expect(together.kernels.filter((name) => name === 'BatchNormClipQuantize')).toHaveLength(2);
        expect(together.kernels).not.toContain('ClipQuantizeGrad');
        model.dispose();
      }),
  );

  it('leaves alone what others see too, or what cannot take it', async () => {
    const x = input({ shape: [3, 4] });
    const [seen, shown, plain] = [batchNorm(), batchNorm(), batchNorm()].map((layer) => layer.apply(x));
    const a = rounding().apply(seen!);
    const b = layers.add().apply([a, seen] as never);
    const c = rounding().apply(shown!);
    const d = layers.reLU().apply(plain!);
    const model = functionalModel({ inputs: x, outputs: [b, shown, c, d] as never });
    const kernels = await tf.profile(() =>
      tf.tidy(() => void withFusion(model, () => model.apply(tf.ones([2, 3, 4]), { training: true }))),
    );
    expect(kernels.kernels.map(({ name }) => name)).not.toContain('BatchNormClipQuantize');
  });

  it('heeds the precision around it, and ends with its function', async () => {
    const model = chain(8);
    const count = async (body: () => void) =>
      (await tf.profile(() => tf.tidy(body))).kernels.filter(({ name }) => name === 'BatchNormClipQuantize').length;
    const apply = () => tf.tidy(() => void model.apply(tf.ones([2, 3, 8]), { training: true }));
    expect(await count(() => withPrecision({ activations: 2 }, () => withFusion(model, apply)))).toBe(2);
    expect(() =>
      withFusion(model, () => {
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(await count(apply)).toBe(0);
  });
});
