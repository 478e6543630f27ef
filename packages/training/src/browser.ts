/** What a bundler for the browser takes in place of `index.ts`: all but run folders, which need Node's file system. */
export { plugin as default } from './plugin.js';
export { parseExperiment, type Experiment, type Named, type Stage, type WeightDecay } from './experiment/experiment.js';
export { experimentSchema, type ExperimentInput } from './experiment/schema.js';
export { train, type TrainOptions } from './loop/train.js';
export { listen } from './loop/events.js';
export type {
  CheckpointEvent,
  EndEvent,
  EpochEvent,
  EvaluateEvent,
  InterruptedEvent,
  Listener,
  StageEvent,
  StartEvent,
  StepEvent,
  Task,
  TrainEvent,
} from './loop/events.js';
export type { Best, Checkpoint, TrainState } from './loop/state.js';
export type { MetricSums } from './loop/metrics.js';
export { evaluate, evaluatePredictions, type EvaluateOptions, type Predict } from './loop/evaluate.js';
export { buildModel, openDataset, taskOf } from './loop/setup.js';
export { loadWeights, namedWeights, type NamedArrays } from './loop/weights.js';
export { chain, scaleByRate } from './transforms/chain.js';
export {
  elementwise,
  type Arithmetic,
  type ElementwiseTransform,
  type Rule,
  type Surroundings,
} from './transforms/elementwise.js';
export { adam, momentum, rmsprop, sgd } from './transforms/optimizers.js';
export { clipByNorm, clipGradients, clipWeights, globalNorm } from './transforms/clip.js';
export { weightDecay } from './transforms/weight-decay.js';
export { selector, type Selector } from './transforms/select.js';
export { meanSquaredError, softmaxCrossEntropy } from './losses.js';
export type { GradientExchange } from './parallel/exchange.js';
export { SharedMemoryExchange } from './parallel/shared-memory.js';
