import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { parseExperiment } from '../experiment/experiment.js';
import { tinyExperiment } from '../testing/kit.js';
import { checkWorkers } from './check.js';

const several = parseExperiment({ ...tinyExperiment, workers: 4 });

beforeAll(async () => {
  const backend = { memory: () => ({}), dispose: () => undefined } as unknown as tf.KernelBackend;
  tf.registerBackend('webgpu', () => backend);
});
afterEach(() => void vi.unstubAllGlobals());

it('several workers need a backend that computes on one core', async () => {
  await tf.setBackend('cpu');
  expect(() => checkWorkers(several, {})).not.toThrow();
  await tf.setBackend('webgpu');
  expect(() => checkWorkers(several, {})).toThrow(
    "backend 'webgpu' cannot be shared between workers, in train; use one worker: this backend takes what cores it needs by itself",
  );
  expect(() => checkWorkers({ ...several, workers: 1 }, {})).not.toThrow();
});

it('several workers need threads, which a browser has not', async () => {
  await tf.setBackend('cpu');
  vi.stubGlobal('process', undefined);
  expect(() => checkWorkers(several, {})).toThrow(
    'there are no worker threads here, in train, received 4; use one worker',
  );
  expect(() => checkWorkers({ ...several, workers: 1 }, {})).not.toThrow();
});
