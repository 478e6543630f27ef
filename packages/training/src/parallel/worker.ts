// A thread that computes gradients on its share of each batch.
import { pickBackend, type BackendName } from '@lowbit/backends';
import { Registry, type Loss } from '@lowbit/plugin-api';
import { useRegistry } from '@lowbit/quant-core';
import { enableProdMode } from '@tensorflow/tfjs-core';
import { parentPort, workerData } from 'node:worker_threads';
import { evaluateBatch } from '../loop/evaluate.js';
import { NO_SUMS, type MetricSums } from '../loop/metrics.js';
import { inTermsOfTraining } from '../loop/out-of-memory.js';
import { buildModel } from '../loop/setup.js';
import { posted } from './failure.js';
import type { GradientExchange } from './exchange.js';
import { importPlugin } from './plugin-modules.js';
import type { Assignment, FromWorker, ToWorker, Work } from './protocol.js';
import { Replica } from './replica.js';
import { SharedMemoryExchange } from './shared-memory.js';

const { plugins, experiment, task, backend, simd } = workerData as Assignment;

const say = (message: FromWorker): void => parentPort!.postMessage(message);

async function loadPlugins(): Promise<Registry> {
  const registry = new Registry();
  for (const each of plugins) registry.add(await importPlugin(each), each.source);
  useRegistry(registry);
  return registry;
}

async function build(): Promise<{ replica: Replica; losses: readonly Loss[] }> {
  enableProdMode();
  await pickBackend(backend as BackendName, { simd });
  const registry = await loadPlugins();
  const losses = experiment.stages.map(({ loss }, i) => registry.make('losses', loss, undefined, `stages[${i}].loss`));
  return { replica: new Replica(buildModel(experiment, task, registry)), losses };
}

async function main(): Promise<void> {
  const { replica, losses } = await build();
  let exchange: GradientExchange;

  const receiveWeights = async (): Promise<void> => {
    await exchange.broadcast(replica.weights);
    replica.write();
  };
  const done = async (work: Work): Promise<MetricSums> => {
    const objective = { loss: losses[work.stage]!, precision: experiment.stages[work.stage]!.precision };
    if (work.type === 'evaluate') {
      if (work.weights) await receiveWeights();
      return work.batch ? evaluateBatch({ ...objective, model: replica.model, seed: work.seed }, work.batch) : NO_SUMS;
    }
    await receiveWeights();
    const { sums } = await replica.contribute(objective, work.share, work);
    await exchange.reduce(replica.values);
    return sums;
  };

  parentPort!.on('message', (message: ToWorker) => {
    if (message.type === 'connect') {
      exchange = new SharedMemoryExchange(message.rank, message.size, message.memory);
    } else {
      done(message).then((sums) => say({ type: 'done', sums }), fail);
    }
  });
  say({ type: 'built', layout: replica.layout });
}

const fail = (error: unknown): void => say({ type: 'failed', failure: posted(inTermsOfTraining(error, experiment)) });

main().catch(fail);
