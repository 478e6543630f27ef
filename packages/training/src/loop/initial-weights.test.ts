import type { Precision } from '@lowbit/plugin-api';
import { lsqActivations, lsqWeights, quantActivation, quantDense } from '@lowbit/quant-core';
import { writeSafetensors } from '@lowbit/safetensors';
import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readWeights } from '../run/read-weights.js';
import { trainRun } from '../run/train-run.js';
import { temporaryFolder } from '../testing/folder.js';
import { collect, ofType, testRegistry, tinyExperiment } from '../testing/kit.js';
import { beginWith } from './initial-weights.js';
import { train, type TrainOptions } from './train.js';
import { namedWeights, readVariables, type NamedArrays } from './weights.js';

beforeAll(() => setBackend('cpu'));

const registry = testRegistry();

/** With an LSQ kernel, or a float one. */
function net(bits: Precision): LayersModel {
  const args = { name: 'dense', units: 2, inputShape: [2], useBias: false };
  return sequential({
    layers:
      bits === 'float'
        ? [layers.dense(args), layers.reLU({ name: 'act' })]
        : [
            quantDense({ ...args, kernelQuantizer: lsqWeights({ bits }) }),
            quantActivation({ name: 'act', quantizer: lsqActivations({ bits }) }),
          ],
  });
}

const KERNEL = { shape: [2, 2], data: Float32Array.of(0.5, -0.25, 0.75, -0.5) };

async function begun(bits: Precision, weights: NamedArrays): Promise<NamedArrays> {
  const model = net(bits);
  try {
    beginWith(model, weights);
    return await readVariables(namedWeights(model).all);
  } finally {
    model.dispose();
  }
}

describe('initial weights', () => {
  it('give a few-bit net what a float one has; its quantizers are yet to be made from them', async () => {
    const weights = await begun(3, { 'dense/kernel': KERNEL });
    expect(weights['dense/kernel']).toEqual(KERNEL);
    expect(weights['dense/weights_calibrated']?.data).toEqual(Float32Array.of(0));
  });

  it('leave out the state of the quantizers that they were trained with', async () => {
    const one = { shape: [], data: Float32Array.of(7) };
    const given = { 'dense/kernel': KERNEL, 'dense/weights_step': one, 'dense/weights_calibrated': one };
    expect((await begun(2, given))['dense/weights_step']?.data).not.toEqual(one.data);
    expect(Object.keys(await begun('float', { ...given, 'act/activations_alpha': one }))).toEqual(['dense/kernel']);
  });

  it.each<[string, NamedArrays, string]>([
    ['a missing weight', {}, "weight 'dense/kernel' is missing"],
    ['another shape', { 'dense/kernel': { ...KERNEL, shape: [4, 1] } }, 'has shape [4, 1] instead of [2, 2]'],
    ['a weight too many', { 'dense/kernel': KERNEL, 'dense/bias': KERNEL }, "the model has no weight 'dense/bias'"],
  ])('of another model are refused: %s', async (_name, weights, message) => {
    await expect(begun(2, weights)).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('a run with initial weights', () => {
  const experiment = { ...tinyExperiment, stages: [{ epochs: 1, optimizer: 'adam' }] };
  const losses = async (options: Partial<TrainOptions>, input: object = experiment) =>
    ofType(await collect(train(input as never, { registry, ...options })), 'step').map(
      ({ metrics }) => metrics['loss'],
    );

  it('begins where the other ended, and leaves no tensors', async () => {
    const dir = temporaryFolder();
    await collect(trainRun(tinyExperiment, { dir, registry }));
    const initialWeights = await readWeights(dir);
    const before = memory().numTensors;
    const afresh = await losses({});
    const begun = await losses({ initialWeights }, { ...experiment, initialWeights: dir });
    expect(begun[0]!).toBeLessThan(afresh[0]! / 2);
    expect(await losses({ initialWeights })).toEqual(begun);
    expect(memory().numTensors).toBe(before);
  });

  it('that were not read is refused', async () => {
    await expect(losses({}, { ...experiment, initialWeights: 'runs/float' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('runs/float') as string,
    });
  });

  it('does not need them again to go on', async () => {
    const [whole, halves] = [temporaryFolder(), temporaryFolder()];
    const initialWeights = await begunTiny();
    const input = { ...experiment, initialWeights: './float' };
    const options = { registry, initialWeights };
    await collect(trainRun(input, { ...options, dir: whole }));
    const controller = new AbortController();
    const stop = () => controller.abort();
    await collect(trainRun(input, { ...options, dir: halves, signal: controller.signal, listeners: [stop] }));
    await collect(trainRun(undefined, { registry, dir: halves, resume: true }));
    expect(await readWeights(halves)).toEqual(await readWeights(whole));
  });

  async function begunTiny(): Promise<NamedArrays> {
    const dir = temporaryFolder();
    await collect(trainRun({ ...experiment, seed: 9 }, { dir, registry }));
    return readWeights(dir);
  }
});

describe('readWeights', () => {
  const file = (bytes: Uint8Array): string => {
    const at = path.join(temporaryFolder(), 'weights.safetensors');
    writeFileSync(at, bytes);
    return at;
  };

  it('reads any safetensors file of float32', async () => {
    const data = Float32Array.of(1, 2);
    expect(await readWeights(file(writeSafetensors({ 'a/kernel': { dtype: 'F32', shape: [2], data } })))).toEqual({
      'a/kernel': { shape: [2], data },
    });
  });

  it.each<[string, () => string, string, string]>([
    ['no file', () => path.join(temporaryFolder(), 'nothing'), 'io', 'no weights here'],
    ['a folder without a checkpoint', temporaryFolder, 'io', 'no weights here'],
    ['a torn file', () => file(new Uint8Array(3)), 'data', 'not a whole'],
    [
      'integers',
      () => file(writeSafetensors({ a: { dtype: 'I32', shape: [1], data: Int32Array.of(1) } })),
      'data',
      "tensor 'a' is not float32",
    ],
  ])('%s is refused', async (_name, from, code, message) => {
    await expect(readWeights(from())).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });
});
