import '@lowbit/wasm-kernels';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { seedOf } from './initializers.js';
import { asl50, lSspq20, lSspqDigits, resnet20, resnet50, sspqDigits } from './models.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const weightsOf = (model: LayersModel) => model.getWeights().map((weight) => [...weight.dataSync()]);

describe('initial weights', () => {
  it('repeat with the seed, and differ with another', () => {
    const [a, b, c] = [7, 7, 8].map((seed) => {
      const model = lSspqDigits({}, { seed });
      const weights = weightsOf(model);
      model.dispose();
      return weights;
    });
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });

  it('differ between layers of one shape', () => {
    const model = lSspq20({}, { seed: 0 });
    for (const layer of ['pointwise2', 'shift']) {
      const [first, second] = [0, 1].map(
        (block) => model.getLayer(`group2/block${block + 1}/${layer}`).getWeights()[0]!,
      );
      expect(first!.shape).toEqual(second!.shape);
      expect([...first!.dataSync()]).not.toEqual([...second!.dataSync()]);
    }
    model.dispose();
  });

  it('never take the seed 0, which TF.js reads as none', () => {
    for (let seed = 0; seed < 1000; seed++) expect(seedOf(seed, 'stem/conv')).toBeGreaterThan(0);
  });

  it("have the spread of each script: He's normal by fan out, uniform by fan in", () => {
    const spread = (options: Parameters<typeof lSspq20>[0], name: string) => {
      const model = lSspq20(options);
      const kernel = model.getLayer(name).getWeights()[0]!;
      const [variance, highest] = tf.tidy(() =>
        [tf.moments(kernel).variance, tf.max(tf.abs(kernel))].map((each) => each.dataSync()[0]!),
      ) as [number, number];
      const result = { shape: kernel.shape, variance, highest };
      model.dispose();
      return result;
    };
    const he = spread({}, 'group3/block0/shortcut');
    expect(he.shape).toEqual([1, 1, 256, 512]);
    expect(he.variance / (2 / 512)).toBeCloseTo(1, 1);
    const uniform = spread({ script: 'cifar' }, 'group3/block0/shortcut');
    expect(uniform.variance / (1 / (3 * 256))).toBeCloseTo(1, 1);
    expect(uniform.highest).toBeLessThanOrEqual(1 / 16);
    expect(spread({}, 'classifier/dense').variance).toBeCloseTo(1e-4, 5);
    expect(spread({ script: 'cifar' }, 'classifier/dense').variance).toBeCloseTo(1e-6, 7);
  });

  it('start the last batch norm of a ResNet block at 0, so that a block begins as its shortcut', () => {
    const model = resnet50({ widths: [4], blocks: [2] });
    expect(Math.max(...model.getLayer('group0/block1/norm3').getWeights()[0]!.dataSync())).toBe(0);
    expect(Math.min(...model.getLayer('group0/block1/norm2').getWeights()[0]!.dataSync())).toBe(1);
    model.dispose();
  });
});

describe('a saved model', () => {
  it.each([
    ['l-sspq-digits', () => lSspqDigits({ afterShift: 4 }, { seed: 2 })],
    [
      'sspq-digits, sparse',
      () => sspqDigits({ shift: 'sparse', weights: { quantizer: 'dorefa', bits: 3 } }, { seed: 2 }),
    ],
    ['asl', () => asl50({ widths: [4, 8], blocks: [1, 2] }, { inputShape: [64, 64, 3], classes: 3 })],
    ['basic resnet', () => resnet20({ widths: [4, 8], blocks: [1, 2] }, { inputShape: [16, 16, 3], classes: 3 })],
    ['resnet', () => resnet50({ widths: [4, 8], blocks: [1, 2] }, { inputShape: [64, 64, 3], classes: 3 })],
  ])('%s comes back with the same outputs, bit for bit', async (_, build) => {
    const model = build();
    const x = tf.randomUniform([2, ...(model.inputs[0]!.shape.slice(1) as number[])], 0, 1, 'float32', 9);
    // moving statistics of their own
    tf.tidy(() => void model.apply(x, { training: true }));
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const topology = JSON.parse(JSON.stringify(saved!.modelTopology)) as object;
    const loaded = await loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology: topology }));
    const run = (which: LayersModel) => tf.tidy(() => [...(which.apply(x) as tf.Tensor).dataSync()]);
    expect(loaded.name).toBe(model.name);
    expect(run(loaded)).toEqual(run(model));
    tf.dispose(x);
    model.dispose();
    loaded.dispose();
  });
});

describe('a training step', () => {
  const W1A4 = { weights: { quantizer: 'dorefa', bits: 1 }, activations: { quantizer: 'dorefa', bits: 4 } } as const;

  it.each([
    ['l-sspq20, expansion 4', lSspq20, W1A4],
    ['l-sspq20, expansion 1', lSspq20, { ...W1A4, expansion: 1 }],
    ['l-sspq20, rounded shifts', lSspq20, { ...W1A4, afterShift: 'rounded-shift' }],
  ] as const)('%s: every trainable weight has a finite gradient, and nothing leaks', (_, build, options) => {
    const before = tf.memory().numTensors;
    const model = build(options, { seed: 1 });
    const x = tf.randomNormal([2, 32, 32, 3], 0, 1, 'float32', 5);
    const labels = tf.tidy(() => tf.oneHot(tf.tensor1d([3, 8], 'int32'), 10));
    const variables = model.layers.flatMap((layer) =>
      layer.trainableWeights.map((weight) => weight.read() as tf.Variable),
    );
    const built = tf.memory().numTensors;

    const loss = () =>
      tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(labels, model.apply(x, { training: true }) as tf.Tensor);
    const { value, grads } = tf.variableGrads(loss, variables);
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    expect(Object.keys(grads)).toHaveLength(variables.length);
    for (const { name, shape } of variables) {
      const gradient = grads[name];
      expect(gradient?.shape, name).toEqual(shape);
      expect(gradient!.dataSync().every(Number.isFinite), name).toBe(true);
    }
    const flowing = variables.filter(({ name }) => grads[name]!.dataSync().some((each) => each !== 0));
    expect(flowing.length / variables.length).toBeGreaterThan(0.9);

    tf.dispose([value, grads]);
    expect(tf.memory().numTensors).toBe(built);
    tf.dispose([x, labels]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
