import { deriveSeed } from '@lowbit/data';
import { dispose } from '@tensorflow/tfjs-core';
import { addSums, type MetricSums } from '../loop/metrics.js';
import { update, type TrainStep } from '../loop/step.js';
import type { GradientExchange } from './exchange.js';
import type { ShareOfStep, Work } from './protocol.js';
import type { Replica } from './replica.js';
import { splitBatch } from './shares.js';

/** The replicas of the ranks from 1 on, as rank 0 sees them. */
export interface Others {
  /** Gives each its work, rank 1 the first. Resolves to the metrics of it, once all is done. */
  work(pieces: readonly Work[]): Promise<readonly MetricSums[]>;
}

/**
 * A {@link TrainStep} of which every replica computes its part. The gradient is the mean over the whole batch, wherever it is cut,
 * if the loss is a mean over its examples; batch normalization sees a replica's share alone, as in PyTorch's
 * DistributedDataParallel without SyncBatchNorm (Li et al., VLDB 2020). What the forward pass itself changes (moving averages)
 * changes by the mean of what it did in the replicas, so that all of them hold the same weights before every step.
 */
export function parallelStep(replica: Replica, exchange: GradientExchange, others: Others): TrainStep {
  return async (trainer, batch, step) => {
    const [own, ...rest] = splitBatch(batch, exchange.size).map((share, rank): ShareOfStep => {
      const part = share.inputs.shape[0]! / batch.inputs.shape[0]!;
      const seed = rank === 0 ? step.seed : deriveSeed(step.seed, 'worker', rank);
      return { type: 'step', stage: step.stage, share, part, seed };
    });
    const answers = others.work(rest);
    // whoever waits for them below is told
    answers.catch(() => undefined);
    await replica.read();
    await exchange.broadcast(replica.weights);
    const { withGradient, sums } = await replica.contribute(trainer, own!.share, own!);
    await exchange.reduce(replica.values);
    const all = await answers;
    replica.writeChanges();
    const gradients = replica.gradients(withGradient);
    const made = Object.values(gradients);
    try {
      const norm = update(trainer, gradients, step);
      made.push(norm);
      return { sums: all.reduce(addSums, sums), gradientNorm: (await norm.data())[0]! };
    } finally {
      dispose(made);
    }
  };
}
