import type { Metrics } from '@lowbit/plugin-api';
import { NO_SUMS, type MetricSums } from './metrics.js';
import type { NamedArrays } from './weights.js';

/** Where a run stands: all that goes on from it depends on besides weights and slots. Plain JSON. */
export interface TrainState {
  /** Steps done since the run began. */
  readonly step: number;
  /** Whole epochs done since the run began. */
  readonly epoch: number;
  /** Index of the stage under way. */
  readonly stage: number;
  /** Steps done since the stage began. */
  readonly stageStep: number;
  /** Whole epochs of the stage that are done. */
  readonly stageEpoch: number;
  /** Steps done of the epoch under way. */
  readonly epochStep: number;
  /** Learning rate of the last step; null before the first. */
  readonly rate: number | null;
  /** What the stage without a schedule holds: the last rate of the stage before. */
  readonly heldRate: number | null;
  /** Training metrics of the epoch under way. */
  readonly sums: MetricSums;
  /** Metrics of the stage's finished epochs, oldest first. */
  readonly history: readonly Metrics[];
  /** Metrics of the last finished epoch of the run. */
  readonly metrics: Metrics;
  /** The stage's best epoch so far, of those that were evaluated. */
  readonly best: Best | null;
}

/** The epoch (counted over the run) with the highest accuracy, or the lowest loss where the task has no classes. */
export interface Best {
  readonly epoch: number;
  readonly metrics: Metrics;
}

/** A run at one moment, on the host: enough to go on bit for bit. */
export interface Checkpoint {
  readonly state: TrainState;
  /** All weights of the model, by `layer/weight`. */
  readonly weights: NamedArrays;
  /** What the transforms keep, by `name/layer/weight`. */
  readonly slots: NamedArrays;
}

export const FIRST_STATE: TrainState = {
  step: 0,
  epoch: 0,
  stage: 0,
  stageStep: 0,
  stageEpoch: 0,
  epochStep: 0,
  rate: null,
  heldRate: null,
  sums: NO_SUMS,
  history: [],
  metrics: {},
  best: null,
};

export function afterStep(state: TrainState, rate: number, sums: MetricSums): TrainState {
  const { step, stageStep, epochStep } = state;
  return { ...state, step: step + 1, stageStep: stageStep + 1, epochStep: epochStep + 1, rate, sums };
}

export function afterEpoch(state: TrainState, metrics: Metrics, best: Best | null): TrainState {
  return {
    ...state,
    epoch: state.epoch + 1,
    stageEpoch: state.stageEpoch + 1,
    epochStep: 0,
    sums: NO_SUMS,
    history: [...state.history, metrics],
    metrics,
    best,
  };
}

/** At the beginning of the next stage. Its history and its best epoch are its own. */
export function nextStage(state: TrainState): TrainState {
  const { step, epoch, rate, metrics } = state;
  return { ...FIRST_STATE, step, epoch, stage: state.stage + 1, rate, heldRate: rate, metrics };
}

/** Whether the metrics of an evaluated epoch are better than the best so far; of equals the earlier one stays. */
export function isBetter(metrics: Metrics, best: Best | null, split: string): boolean {
  if (!best) return true;
  const [accuracy, loss] = [`${split}Accuracy`, `${split}Loss`];
  const [now, before] = [metrics, best.metrics];
  return now[accuracy] !== undefined ? now[accuracy] > before[accuracy]! : now[loss]! < before[loss]!;
}
