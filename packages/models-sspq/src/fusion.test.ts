import '@lowbit/wasm-kernels';
import { batchNorm, quantActivation, quantConv2d, withFusion } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  initializers,
  input as inputLayer,
  layers,
  model as functionalModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { lSspqDigits } from './models.js';

beforeAll(() => tf.setBackend('wasm'));

type Model = ReturnType<typeof functionalModel>;

interface Pass {
  readonly kernels: readonly string[];
  readonly gradients: Readonly<Record<string, number[]>>;
  /** The result, and the moving statistics after it. */
  readonly exact: readonly number[][];
}

/** A training pass, after which the model is as before. */
async function pass(model: Model, fuse: boolean): Promise<Pass> {
  const gradients: Record<string, number[]> = {};
  const exact: number[][] = [];
  const weights = model.getWeights().map((weight) => weight.clone());
  const { kernels } = await tf.profile(() =>
    tf.tidy(() => {
      const x = tf.randomNormal([5, ...(model.inputs[0]!.shape.slice(1) as number[])], 0, 1, 'float32', 3);
      const apply = () => model.apply(x, { training: true }) as tf.Tensor;
      const { grads } = tf.variableGrads(() => {
        const y = fuse ? withFusion(model, apply) : apply();
        exact.push(Array.from(y.dataSync()));
        return tf.sum(tf.mul(y, tf.randomNormal(y.shape, 0, 1, 'float32', 4))) as tf.Scalar;
      });
      // TF.js counts the names of variables up from model to model
      Object.values(grads).forEach((gradient, i) => (gradients[String(i)] = Array.from(gradient.dataSync())));
    }),
  );
  for (const weight of model.nonTrainableWeights) exact.push(Array.from(weight.read().dataSync()));
  model.setWeights(weights);
  tf.dispose(weights);
  return { kernels: kernels.map(({ name }) => name), gradients, exact };
}

const fusedOf = (kernels: readonly string[]) => kernels.filter((name) => name === 'PointwiseBatchNormGrad').length;

function expectEqual(a: Pass, b: Pass): void {
  expect(b.exact).toEqual(a.exact);
  for (const [name, values] of Object.entries(a.gradients)) {
    const scale = Math.max(...values.map(Math.abs), 1e-3);
    values.forEach((value, i) => expect(Math.abs(value - b.gradients[name]![i]!) / scale).toBeLessThan(2e-5));
  }
}

const bits = (n: number) => ({ quantizer: 'dorefa', bits: n });

/** A 1×1 convolution of 8 to 16 channels, a normalization, and what `after` makes of it. */
function chain(args: object = {}, after: (x: SymbolicTensor) => SymbolicTensor = (x) => x, weights = true): Model {
  const x = inputLayer({ shape: [5, 5, 8] });
  const options = { filters: 16, kernelSize: 1, useBias: false, ...args };
  const kernelInitializer = initializers.glorotNormal({ seed: 1 });
  const convolution = quantConv2d({ ...options, kernelInitializer, ...(weights && { kernelQuantizer: bits(1) }) });
  const y = batchNorm().apply(convolution.apply(x)) as SymbolicTensor;
  return functionalModel({ inputs: x, outputs: after(y) });
}

describe('a 1×1 convolution with batch normalization after it', () => {
  it.each([
    ['alone', () => chain()],
    ['of float weights', () => chain({}, undefined, false)],
    ['and an activation', () => chain({}, (x) => quantActivation({ quantizer: bits(4) }).apply(x) as SymbolicTensor)],
  ])('has the gradients that both have one by one: %s', async (_, build) => {
    const model = build();
    const before = tf.memory().numTensors;
    const [apart, together] = [await pass(model, false), await pass(model, true)];
    expect([fusedOf(apart.kernels), fusedOf(together.kernels)]).toEqual([0, 1]);
    expect(together.kernels).not.toContain('Conv2DBackpropFilter');
    expect(together.kernels).not.toContain('BatchNormStatistics');
    expectEqual(apart, together);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['a stride', { strides: 2 }],
    ['a larger window', { kernelSize: 3 }],
    ['a bias', { useBias: true }],
    ['an activation of its own', { activation: 'relu' }],
    ['a quantizer of gradients', { gradientQuantizer: { quantizer: 'dorefa', bits: 8, noise: 'none' } }],
    ['filters that fill no tile', { filters: 12 }],
  ])('keeps its own gradient with %s', async (_, args) => {
    const model = chain(args);
    const [apart, together] = [await pass(model, false), await pass(model, true)];
    expect(fusedOf(together.kernels)).toBe(0);
    expectEqual(apart, together);
  });

  it('keeps its own gradient where others read its result', async () => {
    const x = inputLayer({ shape: [5, 5, 8] });
    const y = quantConv2d({ filters: 16, kernelSize: 1, useBias: false }).apply(x) as SymbolicTensor;
    const sum = layers.add().apply([batchNorm().apply(y) as SymbolicTensor, y]) as SymbolicTensor;
    expect(fusedOf((await pass(functionalModel({ inputs: x, outputs: sum }), true)).kernels)).toBe(0);
  });

  it('is found in the models of this package', async () => {
    const options = { weights: bits(1), activations: 'relu' } as const;
    const model = lSspqDigits(options, { inputShape: [8, 8, 1], classes: 10, seed: 1 });
    const [apart, together] = [await pass(model, false), await pass(model, true)];
    expect(fusedOf(together.kernels)).toBeGreaterThan(2);
    expectEqual(apart, together);
  });
});
