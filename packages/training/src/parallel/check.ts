import { LowbitError } from '@lowbit/plugin-api';
import type { Experiment } from '../experiment/experiment.js';
import { backendInUse } from '../loop/backend-in-use.js';

/** The backends that compute on one core, each thread with its own. */
const BACKENDS = ['wasm', 'cpu'];

/**
 * Checks, before anything is loaded, that an experiment can have its workers.
 *
 * @throws LowbitError ('config') more workers than a batch has examples; ('usage') a model that was built already;
 *   ('unsupported') no threads here, or a backend that is on all cores by itself
 */
export function checkWorkers({ workers, batchSize }: Experiment, given: { readonly model?: unknown }): void {
  if (workers === 1) return;
  if (workers > batchSize) {
    const what = `a batch of ${batchSize} cannot be shared between more workers than that`;
    const hint = `at most ${batchSize} workers, or a larger batchSize`;
    throw new LowbitError('config', { what, where: 'experiment at workers', received: workers, hint });
  }
  if (given.model) {
    const hint = 'let the experiment name a model of a plugin, which each worker builds';
    throw new LowbitError('usage', {
      what: 'a given model cannot be trained by several workers',
      where: 'train',
      hint,
    });
  }
  if (!hasThreads()) {
    const hint = 'use one worker: only Node has the threads that are needed';
    throw new LowbitError('unsupported', {
      what: 'there are no worker threads here',
      where: 'train',
      received: workers,
      hint,
    });
  }
  const { backend } = backendInUse();
  if (!BACKENDS.includes(backend)) {
    const hint = `use one worker: this backend takes what cores it needs by itself; several are for ${BACKENDS.join(' and ')}`;
    throw new LowbitError('unsupported', {
      what: `backend '${backend}' cannot be shared between workers`,
      where: 'train',
      hint,
    });
  }
}

function hasThreads(): boolean {
  return typeof process !== 'undefined' && process.getBuiltinModule?.('node:worker_threads') !== undefined;
}
