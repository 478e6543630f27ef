import { type Dataset, type Loss, type Registry, type Schedule, type WeightTransform } from '@lowbit/plugin-api';
import {
  createAugmentations,
  createNormalization,
  deriveSeed,
  type Augmentation,
  type AugmentationSpec,
} from '@lowbit/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Experiment, Stage } from '../experiment/experiment.js';
import { chain, scaleByRate } from '../transforms/chain.js';
import { descent, type Descent } from '../transforms/descent.js';
import { withSlots } from '../transforms/elementwise.js';
import { weightDecay } from '../transforms/weight-decay.js';
import type { Task } from './events.js';

/**
 * Opens an experiment's data set with what is left of `data` after the loop's own keys.
 *
 * @param root the folder that data sets live in
 * @throws LowbitError an unknown data set, bad options, whatever reading throws
 */
export async function openDataset(
  { data }: Pick<Experiment, 'data'>,
  registry: Registry,
  root?: string,
): Promise<Dataset> {
  const { augment: _augment, normalize: _normalize, ...spec } = data;
  return registry.make('datasets', spec, { root }, 'data');
}

/** What a model must be built for on a data set. Reads the training split where statistics are needed. */
export async function taskOf(dataset: Dataset, { data }: Pick<Experiment, 'data'>): Promise<Task> {
  const { inputShape, classes } = dataset;
  const task = { inputShape: [...inputShape], classes: [...classes] };
  if (data.normalize === 'none') return task;
  return { ...task, normalization: await createNormalization(dataset, data.normalize, 'data at normalize') };
}

/** The augmentations of the training images. */
export function augmentations({ data }: Experiment): Augmentation[] {
  return createAugmentations(data.augment as readonly AugmentationSpec[], 'data at augment');
}

/** Builds the experiment's model with fresh weights. */
export function buildModel(
  { model, seed }: Pick<Experiment, 'model' | 'seed'>,
  task: Task,
  registry: Registry,
): LayersModel {
  const { inputShape, classes } = task;
  const context = { inputShape, classes: classes.length, seed: deriveSeed(seed, 'weights'), registry };
  return registry.make('models', model, context, 'model');
}

/** A stage with its parts made. */
export interface StageParts {
  readonly loss: Loss;
  /** Without one the last rate is held. */
  readonly schedule?: Schedule;
  /** By what the gradient transforms leave of the gradients. */
  readonly descend: Descent;
  readonly weightTransforms: readonly WeightTransform[];
}

/** What the slots of a stage's optimizers are named with; they are cleared when the next stage begins. */
export const OPTIMIZER_SLOTS = 'optimizer/';

/**
 * Makes a stage's parts. The gradient goes through its gradient transforms, L2 weight decay, the optimizers, decoupled weight
 * decay, and is then multiplied by the rate.
 */
export function stageParts(stage: Stage, registry: Registry, where: string): StageParts {
  const { rate, on, decoupled } = stage.weightDecay;
  const decay = rate === 0 ? [] : [weightDecay({ rate, on })];
  const optimizer = chain(
    ...stage.optimizer.map(({ optimizer: name, ...options }, i) =>
      registry.make(
        'gradientTransforms',
        { ...options, gradientTransform: name },
        undefined,
        `${where}.optimizer[${i}]`,
      ),
    ),
  );
  const transforms = [
    ...stage.gradientTransforms.map((spec, i) =>
      registry.make('gradientTransforms', spec, undefined, `${where}.gradientTransforms[${i}]`),
    ),
    ...(decoupled ? [] : decay),
    withSlots(OPTIMIZER_SLOTS, optimizer),
    ...(decoupled ? decay : []),
    scaleByRate,
  ];
  return {
    loss: registry.make('losses', stage.loss, undefined, `${where}.loss`),
    schedule: stage.schedule && registry.make('schedules', stage.schedule, undefined, `${where}.schedule`),
    // not a chain: slots of the stage's own transforms (a mask) are shared by name, also with its weight transforms
    descend: descent(transforms),
    weightTransforms: stage.weightTransforms.map((spec, i) =>
      registry.make('weightTransforms', spec, undefined, `${where}.weightTransforms[${i}]`),
    ),
  };
}

/** Throws what is wrong with the names and options of an experiment's parts, before anything is loaded. */
export function checkExtensions(
  experiment: Experiment,
  registry: Registry,
  given: { dataset?: unknown; model?: unknown },
): void {
  if (!given.dataset) registry.get('datasets', experiment.data.dataset, 'data');
  if (!given.model) registry.get('models', experiment.model.model, 'model');
  augmentations(experiment);
  experiment.stages.forEach((stage, i) => stageParts(stage, registry, `stages[${i}]`));
}
