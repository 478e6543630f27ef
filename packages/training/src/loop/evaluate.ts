import { LowbitError, type Loss, type Metrics, type Split } from '@lowbit/plugin-api';
import { batches, stepsPerEpoch, type Batch, type Normalization } from '@lowbit/data';
import { withPrecision, withSeed, type PrecisionPolicy } from '@lowbit/quant-core';
import { dispose, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { softmaxCrossEntropy } from '../losses.js';
import { inTermsOfBatch } from './out-of-memory.js';
import { targetTensor } from './step.js';
import { addSums, batchSums, meanMetrics, NO_SUMS, type MetricSums } from './metrics.js';

const BATCH_SIZE = 128;

export interface EvaluateOptions {
  /** 128 by default. */
  readonly batchSize?: number;
  /** What the model was trained on; without it the inputs are as they are stored. */
  readonly normalize?: Normalization;
  /** Softmax cross-entropy by default. */
  readonly loss?: Loss;
  /** Bits that override the model's own. */
  readonly precision?: PrecisionPolicy;
  /** Seeds what is random in the model's quantizers; 0 by default. */
  readonly seed?: number;
  /** Ends the evaluation between two batches, with the signal's reason as the error. */
  readonly signal?: AbortSignal;
}

/**
 * Evaluates a model on all examples of a split.
 *
 * @returns `{ loss, accuracy, top5 }`: means over the examples; accuracy (top-1) and top5 in [0, 1], where there are classes
 *   and more than five of them
 * @throws LowbitError ('data') an empty split, a label that is no class; ('memory') a batch that does not fit into the WASM heap;
 *   whatever reading throws
 */
export async function evaluate(model: LayersModel, split: Split, options: EvaluateOptions = {}): Promise<Metrics> {
  const { loss = softmaxCrossEntropy(), precision = {}, seed = 0, ...reading } = options;
  try {
    return await evaluateBy(evaluator({ model, loss, precision, seed }), split, reading);
  } catch (error) {
    throw inTermsOfBatch(error, reading.batchSize ?? BATCH_SIZE, 'evaluate');
  }
}

/** What the batches of a split are evaluated with. */
export interface Evaluation {
  readonly model: LayersModel;
  readonly loss: Loss;
  readonly precision: PrecisionPolicy;
  readonly seed: number;
}

/** Evaluates `width` batches at a time, at most. */
export interface Evaluator {
  readonly width: number;
  /** The sums of each batch, in their order. */
  sums(batches: readonly Batch[]): Promise<readonly MetricSums[]>;
}

/** Evaluates one batch after another. */
export function evaluator(evaluation: Evaluation): Evaluator {
  return { width: 1, sums: async ([batch]) => [await evaluateBatch(evaluation, batch!)] };
}

/** {@link evaluate}, the same bits for any evaluator of the same model. */
export async function evaluateBy(
  { width, sums }: Evaluator,
  split: Split,
  { batchSize = BATCH_SIZE, normalize, signal }: Pick<EvaluateOptions, 'batchSize' | 'normalize' | 'signal'>,
): Promise<Metrics> {
  if (split.size === 0) throw new LowbitError('data', { what: 'a split without examples', where: 'evaluate' });
  let total: MetricSums = NO_SUMS;
  let some: Batch[] = [];
  let left = stepsPerEpoch(split.size, batchSize);
  for await (const batch of batches(split, { batchSize, shuffle: false, normalize })) {
    some.push(batch);
    if (--left > 0 && some.length < width) continue;
    signal?.throwIfAborted();
    total = (await sums(some)).reduce(addSums, total);
    some = [];
  }
  return meanMetrics(total);
}

/** What gives scores for a batch without TensorFlow.js: float32 [batch, …] for inputs [batch, …]. */
export type Predict = (
  inputs: Batch['inputs'],
) => Promise<{ readonly shape: readonly number[]; readonly data: Float32Array }>;

/** {@link evaluate} of what is no layers model: a packed network, another program. */
export async function evaluatePredictions(
  predict: Predict,
  split: Split,
  { loss = softmaxCrossEntropy(), ...reading }: Omit<EvaluateOptions, 'precision' | 'seed'> = {},
): Promise<Metrics> {
  const sums: Evaluator['sums'] = async ([batch]) => {
    const { inputs, targets } = batch!;
    const { shape, data } = await predict(inputs);
    const mean = tidy(() => loss(tensor(data, [...shape], 'float32'), targetTensor(targets)));
    try {
      const [value] = await mean.data();
      return [batchSums({ loss: value!, shape, outputs: data, targets: targets.data })];
    } finally {
      dispose(mean);
    }
  };
  return evaluateBy({ width: 1, sums }, split, reading);
}

/** The metrics of a batch, summed. */
export async function evaluateBatch(
  { model, loss, precision, seed }: Evaluation,
  { inputs, targets }: Batch,
): Promise<MetricSums> {
  const [outputs, mean] = tidy((): [Tensor, Tensor] => {
    const x = tensor(inputs.data, [...inputs.shape], 'float32');
    const y = targetTensor(targets);
    const scores = withSeed(seed, () => withPrecision(precision, () => model.apply(x, { training: false }) as Tensor));
    return [scores, loss(scores, y)];
  });
  try {
    const [values, [value]] = await Promise.all([outputs.data(), mean.data()]);
    return batchSums({ loss: value!, shape: outputs.shape, outputs: values, targets: targets.data });
  } finally {
    dispose([outputs, mean]);
  }
}
