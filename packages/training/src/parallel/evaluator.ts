import { evaluateBatch, type Evaluation, type Evaluator } from '../loop/evaluate.js';
import type { BatchToEvaluate } from './protocol.js';
import type { GradientExchange } from './exchange.js';
import type { Replica } from './replica.js';
import type { Others } from './step.js';

/**
 * An {@link Evaluator} that gives each replica a batch at a time, whole, so that the metrics are bit for bit those of one replica that
 * evaluates alone.
 */
export function parallelEvaluator(replica: Replica, exchange: GradientExchange, others: Others) {
  return (evaluation: Evaluation, stage: number): Evaluator => {
    const { seed } = evaluation;
    let weights = true;
    return {
      width: exchange.size,
      sums: async ([own, ...rest]) => {
        const work = Array.from({ length: exchange.size - 1 }, (_, i): BatchToEvaluate => {
          return { type: 'evaluate', stage, seed, batch: rest[i], weights };
        });
        const answers = others.work(work);
        // whoever waits for them below is told
        answers.catch(() => undefined);
        if (weights) {
          await replica.read();
          await exchange.broadcast(replica.weights);
          weights = false;
        }
        const sums = await evaluateBatch(evaluation, own!);
        return [sums, ...(await answers).slice(0, rest.length)];
      },
    };
  };
}
