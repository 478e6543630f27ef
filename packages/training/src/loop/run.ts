import {
  LowbitError,
  type Dataset,
  type Metrics,
  type NamedVariables,
  type Registry,
  type Step,
  type WeightTransform,
} from '@lowbit/plugin-api';
import { batches, deriveSeed, stepsPerEpoch, type Augmentation, type Batch } from '@lowbit/data';
import { learningRateScales, modelSize, withPrecision } from '@lowbit/quant-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Experiment, Stage } from '../experiment/experiment.js';
import { backendInUse } from './backend-in-use.js';
import { constraintsOf } from './constraints.js';
import { evaluateBy, evaluator, type Evaluation, type Evaluator } from './evaluate.js';
import type { Moment, Task, TrainEvent } from './events.js';
import { addSums, meanMetrics, splitMetrics } from './metrics.js';
import { augmentations, OPTIMIZER_SLOTS, stageParts, type StageParts } from './setup.js';
import { Slots } from './slots.js';
import { afterEpoch, afterStep, FIRST_STATE, isBetter, nextStage, type Checkpoint, type TrainState } from './state.js';
import type { StepResult, Trainer, TrainStep } from './step.js';
import { loadWeights, namedWeights, readVariables } from './weights.js';

export interface RunParts {
  readonly experiment: Experiment;
  readonly registry: Registry;
  readonly dataset: Dataset;
  readonly task: Task;
  readonly model: LayersModel;
  readonly trainStep: TrainStep;
  /** Makes what a stage's model is evaluated by. */
  readonly evaluator?: (evaluation: Evaluation, stage: number) => Evaluator;
  readonly signal?: AbortSignal;
  readonly resume?: Checkpoint;
}

type Events = AsyncGenerator<TrainEvent, void, void>;
type WithoutMoment<Event> = Event extends TrainEvent ? Omit<Event, keyof Moment> : never;

/** A training run: the position in it, and the loops over stages, epochs and steps that move it. */
export class Run {
  #state: TrainState;
  readonly #slots: Slots;
  readonly #weights: { all: NamedVariables; trainable: NamedVariables };
  readonly #rateScales: Readonly<Record<string, number>>;
  readonly #constrain: WeightTransform;
  readonly #augment: Augmentation[];
  readonly #stepsPerEpoch: number;
  /** The split that epochs are judged by. */
  readonly #judge: string;
  /** Whether the run was interrupted and its last checkpoint given. */
  #ended = false;

  constructor(private readonly parts: RunParts) {
    const { model, experiment, dataset, resume } = parts;
    if (dataset.splits.train.size === 0) {
      throw new LowbitError('data', { what: 'there is nothing to train on', where: `dataset '${dataset.name}'` });
    }
    this.#weights = namedWeights(model);
    this.#rateScales = learningRateScales(model);
    this.#constrain = constraintsOf(model);
    this.#augment = augmentations(experiment);
    this.#stepsPerEpoch = stepsPerEpoch(dataset.splits.train.size, experiment.batchSize);
    this.#judge = dataset.splits.validation ? 'validation' : 'test';
    this.#slots = new Slots(this.#weights.trainable);
    this.#state = resume?.state ?? FIRST_STATE;
    if (!resume) return;
    loadWeights(model, resume.weights);
    this.#slots.restore(resume.slots);
  }

  dispose(): void {
    this.#slots.clear('');
  }

  async *events(): Events {
    const { experiment } = this.parts;
    const epochs = experiment.stages.reduce((sum, stage) => sum + stage.epochs, 0);
    const steps = epochs * this.#stepsPerEpoch;
    const { task } = this.parts;
    const resumed = this.parts.resume !== undefined;
    yield this.#event({
      type: 'start',
      experiment,
      task,
      ...backendInUse(),
      stepsPerEpoch: this.#stepsPerEpoch,
      steps,
      epochs,
      resumed,
    });
    if (!resumed) yield this.#stageEvent();
    for (;;) {
      yield* this.#stage(experiment.stages[this.#state.stage]!);
      if (this.#ended) return;
      if (this.#state.stage + 1 === experiment.stages.length) break;
      this.#state = nextStage(this.#state);
      this.#slots.clear(OPTIMIZER_SLOTS);
      yield this.#stageEvent();
    }
    const { precision } = experiment.stages.at(-1)!;
    const size = withPrecision(precision, () => modelSize(this.parts.model));
    yield this.#event({ type: 'end', metrics: this.#state.metrics, best: this.#state.best, size });
  }

  async *#stage(stage: Stage): Events {
    const parts = stageParts(stage, this.parts.registry, `stages[${this.#state.stage}]`);
    while (this.#state.stageEpoch < stage.epochs && !this.#ended) yield* this.#epoch(stage, parts);
  }

  async *#epoch(stage: Stage, parts: StageParts): Events {
    const began = Date.now();
    yield* this.#steps(stage, parts);
    const measured = this.#interrupted ? undefined : await this.#evaluate(stage, parts);
    if (!measured) {
      this.#ended = true;
      yield await this.#checkpoint(false);
      yield this.#event({ type: 'interrupted' });
      return;
    }
    const metrics = {
      ...meanMetrics(this.#state.sums),
      ...Object.assign({}, ...measured.map(({ split, metrics }) => splitMetrics(split, metrics))),
    } as Metrics;
    const { epoch, best, rate } = this.#state;
    const better = measured.length > 0 && isBetter(metrics, best, this.#judge);
    this.#state = afterEpoch(this.#state, metrics, better ? { epoch: epoch + 1, metrics } : best);
    for (const { split, metrics } of measured) yield this.#event({ type: 'evaluate', split, metrics });
    yield this.#event({ type: 'epoch', metrics, rate: rate!, seconds: (Date.now() - began) / 1000 });
    if (better || this.#due(stage, this.parts.experiment.checkpointEvery)) yield await this.#checkpoint(better);
  }

  async *#steps(stage: Stage, parts: StageParts): Events {
    const { experiment, dataset, task, model } = this.parts;
    const { batchSize, seed, checkpointEverySteps } = experiment;
    const weightTransforms = [...parts.weightTransforms, this.#constrain];
    const { precision } = stage;
    const trainer: Trainer = { ...parts, model, variables: this.#weights.trainable, precision, weightTransforms };
    const { epoch, epochStep: startStep } = this.#state;
    const options = { batchSize, seed, epoch, startStep, augment: this.#augment, normalize: task.normalization };
    if (this.#interrupted) return;
    for await (const batch of batches(dataset.splits.train, options)) {
      yield await this.#step(stage, parts, trainer, batch);
      if (this.#interrupted) return;
      const { step, epochStep } = this.#state;
      if (epochStep < this.#stepsPerEpoch && checkpointEverySteps && step % checkpointEverySteps === 0) {
        yield await this.#checkpoint(false);
      }
    }
  }

  async #step(stage: Stage, parts: StageParts, trainer: Trainer, batch: Batch): Promise<TrainEvent> {
    const { step: index, epoch, stage: stageNumber, stageStep: stageIndex, sums } = this.#state;
    const rate = this.#rate(stage, parts);
    const step: Step = {
      index,
      stageIndex,
      stage: stageNumber,
      epoch,
      rate,
      seed: deriveSeed(this.parts.experiment.seed, 'step', index),
      rateScale: (variable) => this.#rateScales[variable] ?? 1,
      slot: (name, variable) => this.#slots.get(name, variable),
    };
    const result = await this.parts.trainStep(trainer, batch, step);
    const metrics = meanMetrics(result.sums);
    this.#checkFinite(stage, metrics, result, rate);
    this.#state = afterStep(this.#state, rate, addSums(sums, result.sums));
    return this.#event({ type: 'step', metrics, rate, gradientNorm: result.gradientNorm });
  }

  #rate(stage: Stage, { schedule }: StageParts): number {
    const { stageEpoch: epoch, epochStep: step, history, heldRate, stage: index } = this.#state;
    const rate = schedule
      ? schedule({ epoch, epochs: stage.epochs, step, stepsPerEpoch: this.#stepsPerEpoch, history })
      : heldRate!;
    if (Number.isFinite(rate) && rate >= 0) return rate;
    const where = `stages[${index}].schedule, epoch ${epoch}, step ${step}`;
    throw new LowbitError('plugin', { what: 'a learning rate must be a finite number ≥ 0', where, received: rate });
  }

  #checkFinite(stage: Stage, metrics: Metrics, { gradientNorm }: StepResult, rate: number): void {
    const loss = metrics.loss!;
    if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return;
    const { step, epoch, stageEpoch } = this.#state;
    throw new LowbitError('diverged', {
      what: `training diverged: the ${Number.isFinite(loss) ? 'gradient' : 'loss'} is not finite`,
      where: `${stage.name}, epoch ${stageEpoch + 1} of ${stage.epochs} (${epoch + 1} of the run), step ${step + 1}, learning rate ${rate}`,
      received: Number.isFinite(loss) ? `gradient norm ${gradientNorm}` : `loss ${loss}`,
      hint: 'try a lower learning rate, a warm-up, or { "gradientTransform": "clip-by-norm", "norm": 1 }',
    });
  }

  // JSON has no NaN: a checkpoint of such metrics could not be read again
  #checkEvaluated(stage: Stage, split: string, { loss }: Metrics): void {
    if (Number.isFinite(loss)) return;
    throw new LowbitError('diverged', {
      what: `the loss on the split '${split}' is not finite`,
      where: `${stage.name}, epoch ${this.#state.stageEpoch + 1} of ${stage.epochs}`,
      received: `loss ${loss}`,
      hint: 'look for values that are not finite in its inputs, or try a lower learning rate',
    });
  }

  /** Evaluates what is due after an epoch; undefined when that was interrupted. */
  async #evaluate(stage: Stage, { loss }: StageParts): Promise<{ split: string; metrics: Metrics }[] | undefined> {
    const { experiment, dataset, task, model, signal } = this.parts;
    const { precision } = stage;
    const { stage: index, epoch } = this.#state;
    const last = this.#lastEpoch(stage) && index + 1 === experiment.stages.length;
    const splits = new Set(
      this.#due(stage, experiment.evaluateEvery, 1) ? [this.#judge, ...(last ? ['test'] : [])] : [],
    );
    const measured = [];
    const seed = deriveSeed(experiment.seed, 'evaluate', epoch);
    const evaluation = { model, loss, precision, seed };
    const by = this.parts.evaluator?.(evaluation, index) ?? evaluator(evaluation);
    const options = { batchSize: experiment.batchSize, normalize: task.normalization, signal };
    for (const split of splits) {
      try {
        const metrics = await evaluateBy(by, dataset.splits[split]!, options);
        this.#checkEvaluated(stage, split, metrics);
        measured.push({ split, metrics });
      } catch (error) {
        if (this.#interrupted) return undefined;
        throw error;
      }
    }
    return measured;
  }

  /** Whether something that happens every so many epochs is due once `more` epochs are done; at the end of a stage it is. */
  #due(stage: Stage, every: number, more = 0): boolean {
    const done = this.#state.stageEpoch + more;
    return done === stage.epochs || (every > 0 && done % every === 0);
  }

  #lastEpoch(stage: Stage): boolean {
    return this.#state.stageEpoch + 1 === stage.epochs;
  }

  async #checkpoint(best: boolean): Promise<TrainEvent> {
    const weights = await readVariables(this.#weights.all);
    const slots = await this.#slots.read();
    return this.#event({ type: 'checkpoint', best, checkpoint: { state: this.#state, weights, slots } });
  }

  #stageEvent(): TrainEvent {
    const { name, epochs } = this.parts.experiment.stages[this.#state.stage]!;
    return this.#event({ type: 'stage', name, epochs });
  }

  #event(event: WithoutMoment<TrainEvent>): TrainEvent {
    const { step, epoch, stage } = this.#state;
    const { type, ...rest } = event;
    return { type, step, epoch, stage, time: Date.now(), ...rest } as TrainEvent;
  }

  get #interrupted(): boolean {
    return this.parts.signal?.aborted === true;
  }
}
