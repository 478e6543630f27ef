// A thread that computes gradients on its share of each batch.
import { pickBackend, type BackendName } from '@lowbit/backends';
import { LowbitError, Registry, type Loss, type Plugin } from '@lowbit/plugin-api';
import { useRegistry } from '@lowbit/quant-core';
import { enableProdMode } from '@tensorflow/tfjs-core';
import { parentPort, workerData } from 'node:worker_threads';
import { buildModel } from '../loop/setup.js';
import { posted } from './failure.js';
import type { GradientExchange } from './exchange.js';
import type { Assignment, FromWorker, ShareOfStep, ToWorker } from './protocol.js';
import { Replica } from './replica.js';
import { SharedMemoryExchange } from './shared-memory.js';

const { modules, experiment, task, backend, simd } = workerData as Assignment;

const say = (message: FromWorker): void => parentPort!.postMessage(message);

async function loadPlugins(): Promise<Registry> {
  const registry = new Registry();
  for (const module of modules) registry.add(await importPlugin(module), module);
  useRegistry(registry);
  return registry;
}

async function importPlugin(module: string): Promise<Plugin> {
  try {
    return ((await import(module)) as { default: Plugin }).default;
  } catch (cause) {
    const what = `a worker cannot import a plugin: ${(cause as Error).message}`;
    const hint = 'what a registry is told as its module must be one that Node itself can import';
    throw new LowbitError('plugin', { what, where: module, hint }, { cause });
  }
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

  const step = async ({ stage, share, part, seed }: ShareOfStep): Promise<void> => {
    const weights = new Float32Array(replica.length);
    await exchange.broadcast(weights);
    replica.write(weights);
    const objective = { loss: losses[stage]!, precision: experiment.stages[stage]!.precision };
    const { values, sums } = await replica.contribute(objective, share, { part, seed, weights });
    await exchange.reduce(values);
    say({ type: 'given', sums });
  };

  parentPort!.on('message', (message: ToWorker) => {
    if (message.type === 'connect') {
      exchange = new SharedMemoryExchange(message.rank, message.size, message.memory);
    } else {
      step(message).catch(fail);
    }
  });
  say({ type: 'built', layout: replica.layout });
}

const fail = (error: unknown): void => say({ type: 'failed', failure: posted(error) });

main().catch(fail);
