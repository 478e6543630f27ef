import type { Metrics } from '@lowbit/plugin-api';
import type { Normalization } from '@lowbit/data';
import type { ModelSize } from '@lowbit/quant-core';
import type { Simd } from '@lowbit/wasm-host';
import type { Experiment } from '../experiment/experiment.js';
import type { Best, Checkpoint } from './state.js';

/** What every event says. */
export interface Moment {
  /** Steps done since the run began. */
  readonly step: number;
  /** Whole epochs done since the run began. */
  readonly epoch: number;
  /** Index of the stage under way. */
  readonly stage: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** What a model must be built for, and what must be done to its inputs. Plain JSON. */
export interface Task {
  /** Shape of one input, without the batch axis. */
  readonly inputShape: readonly number[];
  /** Names of the classes, by index. */
  readonly classes: readonly string[];
  /** Absent: the inputs are as the data set stores them. */
  readonly normalization?: Normalization;
}

/** Once, before anything is trained; again when a run is resumed, at the step that it goes on from. */
export interface StartEvent extends Moment {
  readonly type: 'start';
  readonly experiment: Experiment;
  readonly task: Task;
  /** Name of the backend, as in 'wasm', 'node', 'node-gpu'. */
  readonly backend: string;
  /** On 'wasm', what SIMD its kernels have: the last bits of all results depend on it. */
  readonly simd?: Simd;
  readonly stepsPerEpoch: number;
  /** Steps and epochs of the whole run. */
  readonly steps: number;
  readonly epochs: number;
  readonly resumed: boolean;
}

/** A stage begins. */
export interface StageEvent extends Moment {
  readonly type: 'stage';
  readonly name: string;
  readonly epochs: number;
}

/** A step is done. */
export interface StepEvent extends Moment {
  readonly type: 'step';
  /** Metrics of the batch, from the forward pass of its training. */
  readonly metrics: Metrics;
  readonly rate: number;
  /** Euclidean norm of all gradients, before transforms. */
  readonly gradientNorm: number;
}

/** A split has been evaluated. */
export interface EvaluateEvent extends Moment {
  readonly type: 'evaluate';
  readonly split: string;
  /** `{ loss, accuracy, top5 }` */
  readonly metrics: Metrics;
}

/** An epoch is done. */
export interface EpochEvent extends Moment {
  readonly type: 'epoch';
  /** `{ loss, accuracy, top5, testLoss, testAccuracy, testTop5 }`, those of the splits where they were evaluated. */
  readonly metrics: Metrics;
  /** Rate of the epoch's last step. */
  readonly rate: number;
  readonly seconds: number;
}

/** The run could be resumed from here, once a listener has stored it. */
export interface CheckpointEvent extends Moment {
  readonly type: 'checkpoint';
  /** Whether this is the best epoch of its stage so far. */
  readonly best: boolean;
  /** Gives the same object each time; it is on the host and outlives the run. */
  readonly checkpoint: Checkpoint;
}

/** The signal asked for an end; the last event. A checkpoint came before it. */
export interface InterruptedEvent extends Moment {
  readonly type: 'interrupted';
}

/** All stages are done; the last event. */
export interface EndEvent extends Moment {
  readonly type: 'end';
  /** Metrics of the last epoch, with the test split's. */
  readonly metrics: Metrics;
  readonly best: Best | null;
  /** At the precision of the last stage. */
  readonly size: ModelSize;
}

export type TrainEvent =
  StartEvent | StageEvent | StepEvent | EvaluateEvent | EpochEvent | CheckpointEvent | InterruptedEvent | EndEvent;

/** Is told of every event, and only listens. The loop waits for it, so that what it stores is stored before training goes on. */
export type Listener = (event: TrainEvent) => void | Promise<void>;

/** Passes events on, each after the listeners have been told, one after another. */
export async function* listen(
  events: AsyncGenerator<TrainEvent, void, void>,
  ...listeners: readonly Listener[]
): AsyncGenerator<TrainEvent, void, void> {
  for await (const event of events) {
    for (const listener of listeners) await listener(event);
    yield event;
  }
}
