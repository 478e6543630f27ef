import type { ExtensionFactory } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { rule, violationsOf, type Rule, type RuleViolation } from '../rule.js';
import { shapeOf } from '../show.js';
import { onBackends, testRules } from '../suite.js';
import { normal } from '../values.js';
import { madeBy, refusesUnknownOptions, type FactoryOptions, type Made } from './made.js';

/** What an author declares of a loss. */
export interface LossOptions extends FactoryOptions {
  /** Shape of the model's outputs; [6, 5] unless given. */
  readonly outputs?: readonly [examples: number, ...rest: number[]];
  /** What the targets are: class indices int32 [n], the default, or float32 of the shape of the outputs. */
  readonly targets?: 'classes' | 'values';
  /** Backends that it is tried on, besides 'cpu'; your test imports the packages that bring them. */
  readonly backends?: readonly string[];
}

/** A loss as the rules see it. */
export interface LossSubject {
  readonly made: Made<'losses'>;
  readonly outputs: readonly number[];
  readonly targets: 'classes' | 'values';
}

const scalar = rule<LossSubject>('it is a finite scalar', (subject, on) => {
  const loss = subject.made.make();
  for (const [name, scale] of Object.entries({
    'ordinary outputs': 1,
    'outputs of zeros': 0,
    'outputs in the hundreds': 300,
  })) {
    on(name, (broken) =>
      tf.tidy(() => {
        const { outputs, targets } = batchOf(subject);
        const value = loss(tf.mul(outputs, scale), targets);
        if (value.rank !== 0) throw broken('a scalar', shapeOf(value.shape));
        const [number] = value.dataSync();
        if (!Number.isFinite(number)) throw broken('a finite value', number);
      }),
    );
  }
});

const mean = rule<LossSubject>(
  'it is a mean over the examples, so that a batch may be shared between workers',
  (subject, on) => {
    const loss = subject.made.make();
    on('a batch, and each of its examples', (broken) =>
      tf.tidy(() => {
        const { outputs, targets } = batchOf(subject);
        const n = outputs.shape[0]!;
        const parts = Array.from(
          { length: n },
          (_, i) => loss(tf.slice(outputs, i, 1), tf.slice(targets, i, 1)).dataSync()[0]!,
        );
        const expected = parts.reduce((sum, each) => sum + each, 0) / n;
        const [received] = loss(outputs, targets).dataSync();
        if (!(Math.abs(received! - expected) <= 1e-4 * (1 + Math.abs(expected))))
          throw broken(`${expected.toPrecision(6)}, the mean of the parts`, received);
      }),
    );
  },
);

const gradient = rule<LossSubject>('its gradient is that of finite differences', (subject, on) => {
  const loss = subject.made.make();
  on('ordinary outputs', (broken) =>
    tf.tidy(() => {
      const { outputs, targets } = batchOf(subject);
      const received = tf
        .grad((at) => loss(at as tf.Tensor, targets))(outputs)
        .dataSync();
      const values = outputs.dataSync();
      const valueAt = (i: number, by: number): number => {
        const moved = Float32Array.from(values);
        moved[i]! += by;
        return loss(tf.tensor(moved, outputs.shape), targets).dataSync()[0]!;
      };
      const [middle, step] = [valueAt(0, 0), 2 ** -7];
      for (let i = 0; i < values.length; i++) {
        const sides = [(valueAt(i, step) - middle) / step, (middle - valueAt(i, -step)) / step];
        const [low, high] = [Math.min(...sides), Math.max(...sides)];
        if (!(received[i]! >= low - 2e-3 && received[i]! <= high + 2e-3)) {
          throw broken(`${low.toPrecision(4)} to ${high.toPrecision(4)} at [${i}]`, received[i]);
        }
      }
    }),
  );
});

const leaks = rule<LossSubject>('in a tidy it leaves no tensor behind', (subject, on) => {
  const loss = subject.made.make();
  on('ordinary outputs', (broken) => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const { outputs, targets } = batchOf(subject);
      loss(outputs, targets);
    });
    const left = tf.memory().numTensors - before;
    if (left !== 0) throw broken('as many tensors after as before', `${left} more`);
  });
});

function batchOf({ outputs: shape, targets: kind }: LossSubject): { outputs: tf.Tensor; targets: tf.Tensor } {
  const size = tf.util.sizeFromShape([...shape]);
  const outputs = tf.tensor(normal(size, 1), [...shape]);
  if (kind === 'values') return { outputs, targets: tf.tensor(normal(size, 2), [...shape]) };
  const labels = Int32Array.from({ length: shape[0]! }, (_, i) => i % shape.at(-1)!);
  return { outputs, targets: tf.tensor1d(labels, 'int32') };
}

/** The contract of a loss, rule by rule. */
export const lossRules: readonly Rule<LossSubject>[] = [scalar, mean, gradient, leaks, refusesUnknownOptions()];

function subjectOf(
  factory: ExtensionFactory<'losses'>,
  { options, outputs = [6, 5], targets = 'classes' }: LossOptions,
): LossSubject {
  return { made: madeBy('losses', factory, options, undefined), outputs, targets };
}

/** The rules that a loss breaks on the backend in use: none where it keeps the contract of `Loss`. */
export function checkLoss(factory: ExtensionFactory<'losses'>, options: LossOptions = {}): Promise<RuleViolation[]> {
  return violationsOf(lossRules, subjectOf(factory, options));
}

/** A vitest suite of the contract of a loss. */
export function describeLoss(factory: ExtensionFactory<'losses'>, options: LossOptions = {}): void {
  onBackends(`a loss ${JSON.stringify(options.options ?? {})} keeps its contract`, options.backends, () =>
    testRules(lossRules, () => subjectOf(factory, options)),
  );
}
