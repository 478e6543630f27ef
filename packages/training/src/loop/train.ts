import { LowbitError, type Dataset, type Registry } from '@lowbit/plugin-api';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { parseExperiment, type Experiment } from '../experiment/experiment.js';
import type { ExperimentInput } from '../experiment/schema.js';
import type { TrainEvent } from './events.js';
import { checkWorkers } from '../parallel/check.js';
import { startTeam, type Team } from '../parallel/team.js';
import { beginWith, checkInitialWeights } from './initial-weights.js';
import { inTermsOfTraining } from './out-of-memory.js';
import { checkPrecisionSites } from './precision-sites.js';
import { Run } from './run.js';
import { buildModel, checkExtensions, openDataset, taskOf } from './setup.js';
import type { Checkpoint } from './state.js';
import { trainStep } from './step.js';
import type { NamedArrays } from './weights.js';

export interface TrainOptions {
  /** Finds what the experiment names. */
  readonly registry: Registry;
  /** Once it is aborted the run writes a checkpoint after the step under way and ends with the event 'interrupted'. */
  readonly signal?: AbortSignal;
  /** Where to go on. The weights, and all events that follow, are then those of a run that was never interrupted. */
  readonly resume?: Checkpoint;
  /**
   * What the model begins with instead of fresh weights: those of another net with the same layers, any quantizers or none. Where the
   * run is resumed they are not looked at.
   */
  readonly initialWeights?: NamedArrays;
  /** The folder that data sets live in. */
  readonly dataRoot?: string;
  /** A data set to use instead of making the one that the experiment names. */
  readonly dataset?: Dataset;
  /** A model to train instead of building the one that the experiment names. It stays its owner's. */
  readonly model?: LayersModel;
}

/**
 * Trains an experiment, on the backend that is set, and yields what happens. All that it does to the outside is to yield.
 *
 * The same experiment on the same machine and backend gives the same bits; so does a run that was interrupted and resumed. What
 * draws from `Math.random` breaks that: `tf.layers.dropout`, initializers without a seed.
 *
 * With `workers` > 1 each batch is shared between so many threads, this one included, which update the same weights: synchronous data
 * parallel training, whose bits depend on the number of workers. Batch normalization then sees each share by itself, as in PyTorch's
 * DistributedDataParallel without SyncBatchNorm; its moving averages change by the mean of what they change by in the shares. The
 * loss must be a mean over the examples of what it is given, and the plugins of the registry be modules (see `Registry.add`).
 *
 * Whatever it makes is disposed when it ends, also by an error or because its reader leaves the loop; no worker outlives it.
 *
 * @throws LowbitError ('config') a bad experiment, fewer stages than the checkpoint's, or more workers than a batch has examples;
 *   ('diverged') a loss or gradient that is not finite; ('unsupported') several workers where there are no threads, or on a backend
 *   that takes all cores by itself; ('usage') several workers and a given model; ('plugin') a plugin that workers cannot import;
 *   ('worker') a worker that fails or ends; ('memory') a batch that does not fit into a WASM heap; what reading data throws
 */
export async function* train(
  input: ExperimentInput | Experiment,
  options: TrainOptions,
): AsyncGenerator<TrainEvent, void, void> {
  const experiment = parseExperiment(input);
  const { registry, signal, resume, initialWeights } = options;
  checkExtensions(experiment, registry, options);
  checkStage(experiment, resume);
  checkWorkers(experiment, options);
  if (!resume) checkInitialWeights(experiment.initialWeights, initialWeights);
  const dataset = options.dataset ?? (await openDataset(experiment, registry, options.dataRoot));
  const task = await taskOf(dataset, experiment);
  const model = options.model ?? buildModel(experiment, task, registry);
  let team: Team | undefined;
  try {
    checkPrecisionSites(model, experiment.stages);
    if (initialWeights && !resume) beginWith(model, initialWeights);
    if (experiment.workers > 1) team = await startTeam({ experiment, registry, task, model });
    const run = new Run({ experiment, registry, dataset, task, model, trainStep, ...team, signal, resume });
    try {
      yield* run.events();
    } finally {
      run.dispose();
    }
  } catch (error) {
    throw inTermsOfTraining(error, experiment, 'train');
  } finally {
    await team?.end();
    if (model !== options.model) model.dispose();
  }
}

function checkStage({ stages }: Experiment, resume: Checkpoint | undefined): void {
  if (!resume || resume.state.stage < stages.length) return;
  const received = `${stages.length} stages, and a checkpoint of stage ${resume.state.stage + 1}`;
  const hint = 'resume with the stages that the run had; more may follow them';
  throw new LowbitError('config', {
    what: 'the checkpoint is of a stage that is not there',
    where: 'stages',
    received,
    hint,
  });
}
