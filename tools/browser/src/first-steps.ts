import { train, type ExperimentInput, type NamedArrays } from '@lowbit/training';
import digits from '../../../experiments/digits-w1a4.json';
import { registry } from './digits.js';

/** How a backend trains, and what it computes. */
export interface FirstSteps {
  /** Median over the steps but the first. */
  readonly imagesPerSecond: number;
  /** Of the first step, before anything is learned. */
  readonly loss: number;
  /** After the first step, one after another in the order of their names. */
  readonly weights: readonly number[];
}

/** Trains the digits' W1A4 network, on the backend that is set, for a few steps. */
export async function firstSteps(steps: number): Promise<FirstSteps> {
  const experiment = { ...digits, stages: [{ epochs: 1 }], checkpointEverySteps: 1 } as ExperimentInput;
  const times: number[] = [];
  let [loss, weights]: [number | undefined, number[] | undefined] = [undefined, undefined];
  let last = performance.now();
  for await (const event of train(experiment, { registry })) {
    if (event.type === 'step') {
      times.push(performance.now() - last);
      loss ??= event.metrics['loss'];
      if (times.length === steps) break;
    }
    if (event.type === 'checkpoint') weights ??= inOrder(event.checkpoint.weights);
    last = performance.now();
  }
  const timed = times.slice(1).sort((a, b) => a - b);
  const median = timed[Math.floor(timed.length / 2)]!;
  return { imagesPerSecond: (1000 * digits.batchSize) / median, loss: loss!, weights: weights! };
}

function inOrder(arrays: NamedArrays): number[] {
  return Object.keys(arrays)
    .sort()
    .flatMap((name) => [...arrays[name]!.data]);
}
