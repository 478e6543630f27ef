import { LowbitError, parseOptions, type Precision, type Role } from '@lowbit/plugin-api';
import type { NormalizeOption } from '@lowbit/data';
import { experimentSchema, type ExperimentInput } from './schema.js';

/** A thing with its options: `{ schedule: 'cosine', base: 0.1 }`. */
export type Named<Key extends string> = { readonly [key in Key]: string } & Readonly<Record<string, unknown>>;

export interface WeightDecay {
  readonly rate: number;
  /** 'kernels', 'all', or a regular expression for names `layer/weight`. */
  readonly on: string;
  /** After the optimizer (AdamW) instead of before it (L2). */
  readonly decoupled: boolean;
}

/** Epochs that are trained alike. */
export interface Stage {
  readonly name: string;
  readonly epochs: number;
  /** Bits that override the model's own, in training and in evaluation. */
  readonly precision: Readonly<Partial<Record<Role, Precision>>>;
  /** Without one the stage holds the rate that the stage before ended with. */
  readonly schedule?: Named<'schedule'>;
  readonly optimizer: readonly Named<'optimizer'>[];
  readonly weightDecay: WeightDecay;
  readonly loss: Named<'loss'>;
  readonly gradientTransforms: readonly Named<'gradientTransform'>[];
  readonly weightTransforms: readonly Named<'weightTransform'>[];
}

/** An experiment with everything said that has a default. Plain JSON, and itself a valid {@link ExperimentInput}. */
export interface Experiment {
  readonly data: Named<'dataset'> & {
    readonly augment: readonly Named<'augment'>[];
    readonly normalize: NormalizeOption | 'none';
  };
  readonly model: Named<'model'>;
  /** Run folder or safetensors file whose weights the model begins with, quantizers' state left out. */
  readonly initialWeights?: string;
  readonly stages: readonly Stage[];
  readonly batchSize: number;
  readonly seed: number;
  readonly plugins: readonly string[];
  readonly backend: string;
  readonly workers: number;
  readonly evaluateEvery: number;
  readonly checkpointEvery: number;
  readonly checkpointEverySteps?: number;
}

/**
 * Checks an experiment and fills in what it leaves out: batch size 128, seed 1, Nesterov momentum 0.9, L2 weight decay of 1e-4
 * on the kernels, a cosine schedule from 0.1, inputs normalized per channel, one worker, an evaluation and a checkpoint each epoch.
 *
 * What a stage may say can also be said once at the top level, for every stage that does not say it itself. A stage without a
 * schedule, its own or the top level's, holds the rate that the stage before it ended with; so Algorithm 1 of the L-SSPQ paper
 * (float activations first, then all quantized from stage 1's weights and final rate, for T_s2 epochs) is
 * `stages: [{ epochs, precision: { activations: 'float' }, schedule }, { epochs: T_s2 }]`.
 *
 * @throws LowbitError ('config') the first thing wrong; an unknown key comes with the nearest known ones
 */
export function parseExperiment(input: unknown): Experiment {
  return resolve(parseOptions(experimentSchema, input, 'experiment') as ExperimentInput);
}

type StageInput = NonNullable<ExperimentInput['stages']>[number];

function resolve(input: ExperimentInput): Experiment {
  const { data, model, epochs, stages } = input;
  if ((epochs === undefined) === (stages === undefined)) {
    const hint = 'write "epochs": N for a single stage, or "stages": [{ "epochs": N, … }, …]';
    const what = stages ? 'both epochs and stages are given' : 'no number of epochs is given';
    throw new LowbitError('config', { what, where: 'experiment', hint });
  }
  const list: StageInput[] = stages ?? [{ epochs: epochs! }];
  return {
    data: {
      ...(data as Named<'dataset'>),
      augment: (data.augment ?? []).map((each) => named('augment', each)),
      normalize: data.normalize ?? 'per-channel',
    },
    model: model as Named<'model'>,
    ...(input.initialWeights === undefined ? {} : { initialWeights: input.initialWeights }),
    stages: list.map((stage, i) => resolveStage({ ...topLevel(input), ...stage }, i)),
    batchSize: input.batchSize ?? 128,
    seed: input.seed ?? 1,
    plugins: input.plugins ?? [],
    backend: input.backend ?? 'auto',
    workers: input.workers ?? 1,
    evaluateEvery: input.evaluateEvery ?? 1,
    checkpointEvery: input.checkpointEvery ?? 1,
    ...(input.checkpointEverySteps === undefined ? {} : { checkpointEverySteps: input.checkpointEverySteps }),
  };
}

function topLevel(input: ExperimentInput): Partial<StageInput> {
  const { precision, schedule, optimizer, weightDecay, loss, gradientTransforms, weightTransforms } = input;
  return { precision, schedule, optimizer, weightDecay, loss, gradientTransforms, weightTransforms };
}

function resolveStage(stage: StageInput, index: number): Stage {
  const { optimizer = { optimizer: 'momentum', momentum: 0.9, nesterov: true }, weightDecay = 1e-4 } = stage;
  const decay = typeof weightDecay === 'number' ? { rate: weightDecay } : weightDecay;
  const schedule = stage.schedule ?? (index === 0 ? { schedule: 'cosine', base: 0.1, floor: 0.001 } : undefined);
  return {
    name: stage.name ?? `stage ${index + 1}`,
    epochs: stage.epochs,
    precision: (stage.precision ?? {}) as Stage['precision'],
    ...(schedule === undefined ? {} : { schedule: named('schedule', schedule) }),
    optimizer: (Array.isArray(optimizer) ? optimizer : [optimizer]).map((each) => named('optimizer', each)),
    weightDecay: { rate: decay.rate, on: decay.on ?? 'kernels', decoupled: decay.decoupled ?? false },
    loss: named('loss', stage.loss ?? 'softmax-cross-entropy'),
    gradientTransforms: (stage.gradientTransforms ?? []).map((each) => named('gradientTransform', each)),
    weightTransforms: (stage.weightTransforms ?? []).map((each) => named('weightTransform', each)),
  };
}

function named<Key extends string>(key: Key, given: string | Record<string, unknown>): Named<Key> {
  return (typeof given === 'string' ? { [key]: given } : given) as Named<Key>;
}
