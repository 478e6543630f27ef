import { LowbitError, type Registry } from '@lowbit/plugin-api';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Experiment } from '../experiment/experiment.js';
import { backendInUse } from '../loop/backend-in-use.js';
import type { Evaluation, Evaluator } from '../loop/evaluate.js';
import type { Task } from '../loop/events.js';
import type { TrainStep } from '../loop/step.js';
import { parallelEvaluator } from './evaluator.js';
import type { GradientExchange } from './exchange.js';
import { pluginModules } from './plugin-modules.js';
import type { Work } from './protocol.js';
import { Replica } from './replica.js';
import { SharedMemoryExchange } from './shared-memory.js';
import { parallelStep, type Others } from './step.js';
import { Threads } from './threads.js';

/** The workers of a run. The thread that started them is the first of them, so that no core and no copy of the model is spent on waiting. */
export interface Team {
  readonly trainStep: TrainStep;
  readonly evaluator: (evaluation: Evaluation, stage: number) => Evaluator;
  /** Ends the other threads, whatever they are at; none is left when the promise is fulfilled. */
  end(): Promise<void>;
}

export interface TeamParts {
  readonly experiment: Experiment;
  readonly registry: Registry;
  readonly task: Task;
  readonly model: LayersModel;
}

/**
 * Starts `experiment.workers` − 1 threads, and waits until each has built its model.
 *
 * @throws LowbitError ('worker') a thread that does not start; ('plugin') a model with other weights there; what a plugin's
 *   module throws
 */
export async function startTeam({ experiment, registry, task, model }: TeamParts): Promise<Team> {
  const { workers: size } = experiment;
  const plugins = pluginModules(registry);
  const threads = new Threads(size, { plugins, experiment, task, ...backendInUse() });
  try {
    const replica = new Replica(model);
    for (const { layout } of await threads.answers('built')) checkLayout(replica.layout, layout);
    const memory = SharedMemoryExchange.allocate(size, replica.weights.length);
    for (let rank = 1; rank < size; rank++) threads.post(rank, { type: 'connect', rank, size, memory });
    const exchange = failing(new SharedMemoryExchange(0, size, memory), threads);
    const parts = [replica, exchange, others(threads)] as const;
    return { trainStep: parallelStep(...parts), evaluator: parallelEvaluator(...parts), end: () => threads.end() };
  } catch (error) {
    await threads.end();
    throw error;
  }
}

function checkLayout(own: readonly string[], theirs: readonly string[]): void {
  const other = own.findIndex((weight, i) => weight !== theirs[i]);
  if (other < 0 && own.length === theirs.length) return;
  throw new LowbitError('plugin', {
    what: 'a worker has built another model from the same experiment',
    where: 'model',
    received:
      other < 0 ? `${theirs.length} weights instead of ${own.length}` : `${theirs[other]} instead of ${own[other]}`,
    hint: 'a model may depend on nothing but its options, input shape, classes and seed',
  });
}

/** An exchange that ends with an error when a thread does. */
function failing(exchange: GradientExchange, threads: Threads): GradientExchange {
  const { rank, size } = exchange;
  return {
    rank,
    size,
    reduce: (values) => threads.orFailed(exchange.reduce(values)),
    broadcast: (values) => threads.orFailed(exchange.broadcast(values)),
  };
}

function others(threads: Threads): Others {
  return {
    async work(pieces) {
      const answers = threads.answers('done');
      pieces.forEach((piece, i) => threads.post(i + 1, ...handedOver(piece)));
      return (await answers).map(({ sums }) => sums);
    },
  };
}

/** A piece of work with its examples copied out of what this thread goes on using, to be handed over. */
function handedOver(work: Work): [Work, ArrayBuffer[]] {
  const batch = work.type === 'step' ? work.share : work.batch;
  if (!batch) return [work, []];
  const inputs = { ...batch.inputs, data: batch.inputs.data.slice() };
  const targets = { ...batch.targets, data: batch.targets.data.slice() };
  const copy = { inputs, targets };
  const message = work.type === 'step' ? { ...work, share: copy } : { ...work, batch: copy };
  return [message, [inputs.data.buffer, targets.data.buffer]];
}
