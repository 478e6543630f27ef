import { LowbitError, type Metrics } from '@lowbit/plugin-api';

/** Sums over examples that metrics are made of; plain JSON, so that a checkpoint inside an epoch keeps them. */
export interface MetricSums {
  readonly examples: number;
  readonly loss: number;
  /** Examples whose target has the highest score; null when the task has no classes. */
  readonly top1: number | null;
  /** Examples whose target is among the five highest scores; null when there are not more than five. */
  readonly top5: number | null;
}

/** What a model gave for a batch, on the host. */
export interface BatchResult {
  /** Mean over the batch. */
  readonly loss: number;
  readonly shape: readonly number[];
  readonly outputs: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
}

export const NO_SUMS: MetricSums = { examples: 0, loss: 0, top1: 0, top5: 0 };

/**
 * The sums of one batch. Classes are counted when the outputs are [batch, classes ≥ 2] and there is one target an example,
 * which is not given as a float.
 *
 * @throws LowbitError ('data') a target that is no class
 */
export function batchSums({ loss, shape, outputs, targets }: BatchResult): MetricSums {
  const examples = shape[0]!;
  const classes = shape[1]!;
  if (shape.length !== 2 || classes < 2 || targets.length !== examples || targets instanceof Float32Array) {
    return { examples, loss: loss * examples, top1: null, top5: null };
  }
  let top1 = 0;
  let top5 = 0;
  for (let i = 0; i < examples; i++) {
    const target = targets[i]!;
    if (!(target >= 0 && target < classes)) {
      const hint = `the model gives ${classes} classes`;
      throw new LowbitError('data', { what: 'a label is out of range', where: 'the targets', received: target, hint });
    }
    const place = rank(outputs, i * classes, classes, target);
    if (place < 1) top1++;
    if (place < 5) top5++;
  }
  return { examples, loss: loss * examples, top1, top5: classes > 5 ? top5 : null };
}

/**
 * How many classes come before the target: those of a higher score, and of the same score those of a lower index, so that a
 * network that gives every class the same is not right about all. What is not a number comes before.
 */
function rank(scores: ArrayLike<number>, start: number, classes: number, target: number): number {
  const own = scores[start + target]!;
  let before = 0;
  for (let c = 0; c < classes; c++) {
    const score = scores[start + c]!;
    if (c !== target && !(score < own || (score === own && c > target))) before++;
  }
  return before;
}

export function addSums(a: MetricSums, b: MetricSums): MetricSums {
  const plus = (x: number | null, y: number | null): number | null => (x === null || y === null ? null : x + y);
  return {
    examples: a.examples + b.examples,
    loss: a.loss + b.loss,
    top1: plus(a.top1, b.top1),
    top5: plus(a.top5, b.top5),
  };
}

/** `{ loss, accuracy, top5 }`, each a mean over the examples; accuracy (top-1) and top5 in [0, 1], where the task has them. */
export function meanMetrics({ examples, loss, top1, top5 }: MetricSums): Metrics {
  return {
    loss: loss / examples,
    ...(top1 === null ? {} : { accuracy: top1 / examples }),
    ...(top5 === null ? {} : { top5: top5 / examples }),
  };
}

/** `{ testLoss, testAccuracy, testTop5 }` of the metrics on the split 'test'. */
export function splitMetrics(split: string, metrics: Metrics): Metrics {
  return Object.fromEntries(
    Object.entries(metrics).map(([key, value]) => [`${split}${key[0]!.toUpperCase()}${key.slice(1)}`, value]),
  );
}
