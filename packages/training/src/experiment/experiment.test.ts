import { LowbitError } from '@lowbit/plugin-api';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseExperiment } from './experiment.js';
import { experimentSchema } from './schema.js';

const minimal = { data: { dataset: 'digits' }, model: { model: 'l-sspq' }, epochs: 3 };

// the example of the design
const example = {
  data: { dataset: 'cifar10', limit: 2000 },
  model: {
    model: 'l-sspq20',
    weights: { quantizer: 'dorefa', bits: 1 },
    activations: { quantizer: 'dorefa', bits: 4 },
  },
  stages: [
    { epochs: 2, precision: { activations: 'float' }, schedule: { schedule: 'sspq-cosine', base: 0.1 } },
    { epochs: 1 },
  ],
  batchSize: 128,
  seed: 7,
  plugins: ['lowbit-quantizer-apot'],
};

function errorOf(input: unknown): LowbitError {
  try {
    parseExperiment(input);
  } catch (error) {
    return error as LowbitError;
  }
  throw new Error('nothing was thrown');
}

describe('parseExperiment', () => {
  it('needs data, model and epochs only, and fills in the rest', () => {
    expect(parseExperiment(minimal)).toEqual({
      data: { dataset: 'digits', augment: [], normalize: 'per-channel' },
      model: { model: 'l-sspq' },
      stages: [
        {
          name: 'stage 1',
          epochs: 3,
          precision: {},
          schedule: { schedule: 'cosine', base: 0.1, floor: 0.001 },
          optimizer: [{ optimizer: 'momentum', momentum: 0.9, nesterov: true }],
          weightDecay: { rate: 1e-4, on: 'kernels', decoupled: false },
          loss: { loss: 'softmax-cross-entropy' },
          gradientTransforms: [],
          weightTransforms: [],
        },
      ],
      batchSize: 128,
      seed: 1,
      plugins: [],
      backend: 'auto',
      workers: 1,
      evaluateEvery: 1,
      checkpointEvery: 1,
    });
  });

  it('reads the example of the design; the second stage has no schedule of its own', () => {
    const { data, model, stages, seed } = parseExperiment(example);
    expect(data).toMatchObject({ dataset: 'cifar10', limit: 2000 });
    expect(model).toEqual(example.model);
    expect(stages.map(({ epochs, precision, schedule }) => ({ epochs, precision, schedule }))).toEqual([
      { epochs: 2, precision: { activations: 'float' }, schedule: { schedule: 'sspq-cosine', base: 0.1 } },
      { epochs: 1, precision: {}, schedule: undefined },
    ]);
    expect(seed).toBe(7);
  });

  it.each([minimal, example])('gives what it reads to itself again', (input) => {
    const resolved = parseExperiment(input);
    expect(parseExperiment(JSON.parse(JSON.stringify(resolved)))).toEqual(resolved);
  });

  it('takes what the top level says for every stage that does not say it', () => {
    const { stages } = parseExperiment({
      ...minimal,
      epochs: undefined,
      stages: [{ epochs: 1 }, { epochs: 2, optimizer: 'sgd', weightDecay: { rate: 0.1, on: 'all', decoupled: true } }],
      optimizer: [{ optimizer: 'adam' }, 'sgd'],
      schedule: 'constant',
      weightDecay: 0,
    });
    expect(stages.map(({ optimizer }) => optimizer)).toEqual([
      [{ optimizer: 'adam' }, { optimizer: 'sgd' }],
      [{ optimizer: 'sgd' }],
    ]);
    expect(stages.map(({ schedule }) => schedule)).toEqual([{ schedule: 'constant' }, { schedule: 'constant' }]);
    expect(stages.map(({ weightDecay }) => weightDecay)).toEqual([
      { rate: 0, on: 'kernels', decoupled: false },
      { rate: 0.1, on: 'all', decoupled: true },
    ]);
  });

  it.each([
    [{ ...minimal, batchsize: 3 }, "unknown key 'batchsize', in experiment, received 3; did you mean 'batchSize'"],
    [
      { ...example, stages: [{ epochs: 1, shedule: 'x' }] },
      "unknown key 'shedule', in experiment at stages.0, received 'x'; did you mean 'schedule'",
    ],
    [{ ...minimal, precision: { weight: 1 } }, "unknown key 'weight'"],
    [{ ...minimal, precision: { weights: 'ternary' } }, "a precision is 'float' or 1 to 8 bits"],
    [{ ...minimal, schedule: { base: 1 } }, 'a schedule is a name or { "schedule": NAME, … }'],
    [{ ...minimal, precision: { weights: 9 } }, 'to be <=8, in experiment at precision.weights, received 9'],
    [{ ...minimal, weightDecay: 'much' }, 'a weight decay is'],
    [{ ...minimal, stages: [{ epochs: 1 }] }, 'both epochs and stages are given'],
    [{ data: minimal.data, model: minimal.model }, 'no number of epochs is given'],
    [{ ...minimal, epochs: 0 }, 'epochs'],
    [{ data: minimal.data, epochs: 1 }, 'in experiment at model'],
    ['digits', 'in experiment'],
  ])('refuses %j in one line', (input, message) => {
    const error = errorOf(input);
    expect(error).toBeInstanceOf(LowbitError);
    expect(error.code).toBe('config');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
  });
});

it('ships a JSON schema that is the current one', async () => {
  const file = path.resolve(import.meta.dirname, '../../experiment.schema.json');
  const schema = JSON.stringify(z.toJSONSchema(experimentSchema, { io: 'input' }));
  const text = await format(schema, { ...(await resolveConfig(file)), filepath: file });
  await expect(text).toMatchFileSnapshot(file);
});
