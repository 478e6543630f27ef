import { createRegistry } from '@lowbit/plugin-api';
import data from '@lowbit/data';
import modelsSspq from '@lowbit/models-sspq';
import quantCore from '@lowbit/quant-core';
import schedules from '@lowbit/schedules';
import shiftOps from '@lowbit/shift-ops';
import training, { train, type ExperimentInput, type NamedArrays } from '@lowbit/training';
import digits from '../../../experiments/digits-w1a4.json';

/** All that experiments/digits-w1a4.json names. */
export const registry = createRegistry([quantCore, shiftOps, schedules, data, modelsSspq, training]);

/** What a training run gave, to be compared bit for bit: JSON keeps every float64. */
export interface DigitsRun {
  /** Of every step. */
  readonly losses: readonly number[];
  /** SHA-256 of the last weights, hexadecimal. */
  readonly weights: string;
  /** In [0, 1]. */
  readonly testAccuracy: number;
  readonly seconds: number;
}

/**
 * Trains experiments/digits-w1a4.json on the backend that is set, in Node or in a page: the same code.
 *
 * @param epochs the most epochs of each stage; without it as many as the experiment has
 */
export async function trainDigits(epochs = Infinity): Promise<DigitsRun> {
  const stages = digits.stages.map((stage) => ({ ...stage, epochs: Math.min(stage.epochs, epochs) }));
  const losses: number[] = [];
  let weights: NamedArrays = {};
  const began = performance.now();
  for await (const event of train({ ...digits, stages } as ExperimentInput, { registry })) {
    if (event.type === 'step') losses.push(event.metrics['loss']!);
    if (event.type === 'checkpoint') ({ weights } = event.checkpoint);
    if (event.type !== 'end') continue;
    const seconds = (performance.now() - began) / 1000;
    return { losses, weights: await sha256(weights), testAccuracy: event.metrics['testAccuracy']!, seconds };
  }
  throw new Error('the run did not end');
}

/** Of all values, in the order of their names. */
async function sha256(weights: NamedArrays): Promise<string> {
  const arrays = Object.keys(weights)
    .sort()
    .map((name) => weights[name]!.data);
  const bytes = await new Blob(arrays as Float32Array<ArrayBuffer>[]).arrayBuffer();
  const hash = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
