import type { ExtensionFactory, ExtensionKind, NamedVariables, Step } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { rule, violationsOf, type Broken, type Rule, type RuleViolation } from '../rule.js';
import { shapeOf } from '../show.js';
import { onBackends, testRules } from '../suite.js';
import { firstDifference, toHost, type HostTensors } from '../values.js';
import { madeBy, refusesUnknownOptions, type FactoryOptions, type Made } from './made.js';
import { gradientsOf, Slots, withVariables } from './steps.js';

/** What an author declares of a gradient transform or a weight transform. */
export interface TransformOptions extends FactoryOptions {
  /** Backends that it is tried on, besides 'cpu'; your test imports the packages that bring them. */
  readonly backends?: readonly string[];
}

/** One step: what comes of gradients and variables, which a weight transform assigns to. */
export type Apply = (
  gradients: Record<string, tf.Tensor>,
  variables: NamedVariables,
  step: Step,
) => Readonly<Record<string, tf.Tensor>>;

/** A transform as the rules see it. */
export interface TransformSubject {
  readonly made: Made<ExtensionKind>;
  /** Makes the transform anew. */
  readonly apply: () => Apply;
  /** Whether it changes the variables themselves. */
  readonly assigns: boolean;
}

const shapes = rule<TransformSubject>(
  'each variable has a finite result of its shape, and there are no others',
  ({ apply }, on) => {
    const transform = apply();
    inTraining((variables, slots) => {
      for (const step of [0, 1, 2]) {
        on(`step ${step}`, (broken) =>
          tf.tidy(() => {
            const results = transform(gradientsOf(step), variables, slots.step(step));
            const names = Object.keys(results).sort();
            if (names.join() !== Object.keys(variables).sort().join())
              throw broken(`results for ${Object.keys(variables).sort().join(', ')}`, names.join(', '));
            for (const [name, result] of Object.entries(results)) {
              const { shape } = variables[name]!;
              if (!tf.util.arraysEqual(result.shape, shape))
                throw broken(`${shapeOf(shape)} for '${name}'`, shapeOf(result.shape));
              const wrong = result.dataSync().find((value) => !Number.isFinite(value));
              if (wrong !== undefined) throw broken(`finite values for '${name}'`, wrong);
            }
          }),
        );
      }
    });
  },
);

const zeros = rule<TransformSubject>(
  'gradients of zeros give finite results from the first step on',
  ({ apply }, on) => {
    inTraining((variables, slots) =>
      on('zeros', (broken) =>
        tf.tidy(() => {
          const gradients = Object.fromEntries(
            Object.entries(gradientsOf(0)).map(([name, each]) => [name, tf.zerosLike(each)]),
          );
          for (const [name, result] of Object.entries(apply()(gradients, variables, slots.step(0)))) {
            const wrong = result.dataSync().find((value) => !Number.isFinite(value));
            if (wrong !== undefined) throw broken(`finite values for '${name}'`, wrong);
          }
        }),
      ),
    );
  },
);

const resumable = rule<TransformSubject>(
  'all that it remembers is in its slots: a resumed run gives the same bits',
  ({ apply }, on) => {
    on('4 steps at once, and 2 and 2 with the slots saved between', (broken) => {
      const through = run(apply(), 0, 4);
      const first = run(apply(), 0, 2);
      const second = run(apply(), 2, 4, first);
      compare(through.results, second.results, broken, 'the same bits after resuming');
    });
  },
);

const repeatable = rule<TransformSubject>('the same gradients, state and seed give the same bits', ({ apply }, on) => {
  on('3 steps, twice with one transform', (broken) => {
    const transform = apply();
    compare(run(transform, 0, 3).results, run(transform, 0, 3).results, broken, 'the same bits');
  });
});

const unchanged = rule<TransformSubject>(
  'gradients, and the variables of a gradient transform, are not changed',
  ({ apply, assigns }, on) => {
    inTraining((variables, slots) =>
      on('the first step', (broken) =>
        tf.tidy(() => {
          const gradients = gradientsOf(0);
          const before = toHost({ ...gradients });
          const weights = toHost(variables);
          apply()(gradients, variables, slots.step(0));
          if (Object.values(gradients).some((each) => each.isDisposed))
            throw broken('the gradients kept', 'disposed of');
          compare(before, toHost(gradients), broken, 'the gradients unchanged');
          if (!assigns) compare(weights, toHost(variables), broken, 'the variables unchanged');
        }),
      ),
    );
  },
);

const leaks = rule<TransformSubject>('a step in a tidy leaves no tensor but its slots', ({ apply }, on) => {
  inTraining((variables, slots) => {
    const transform = apply();
    for (const step of [0, 1, 2]) {
      on(`step ${step}`, (broken) => {
        const before = tf.memory().numTensors - slots.size;
        tf.tidy(() => void transform(gradientsOf(step), variables, slots.step(step)));
        const left = tf.memory().numTensors - slots.size - before;
        if (left !== 0) throw broken('as many tensors after as before, slots not counted', `${left} more`);
      });
    }
  });
});

function inTraining(body: (variables: NamedVariables, slots: Slots) => void): void {
  const slots = new Slots();
  try {
    withVariables((variables) => body(variables, slots));
  } finally {
    slots.dispose();
  }
}

/** Some steps, from the slots and variables of a run before. */
interface Run {
  readonly results: HostTensors;
  readonly slots: HostTensors;
  readonly variables: HostTensors;
}

function run(transform: Apply, from: number, to: number, before?: Run): Run {
  const slots = new Slots(before?.slots);
  try {
    return withVariables((variables) => {
      tf.tidy(() => {
        for (const [name, { shape, data }] of Object.entries(before?.variables ?? {})) {
          variables[name]!.assign(tf.tensor(data, [...shape]));
        }
      });
      let results: HostTensors = {};
      for (let step = from; step < to; step++) {
        tf.tidy(() => {
          results = toHost({ ...transform(gradientsOf(step), variables, slots.step(step)) });
        });
      }
      return { results, slots: slots.save(), variables: toHost(variables) };
    });
  } finally {
    slots.dispose();
  }
}

function compare(expected: HostTensors, received: HostTensors, broken: Broken, what: string): void {
  for (const [name, { data }] of Object.entries(expected)) {
    const at = firstDifference(data, received[name]?.data ?? []);
    if (at >= 0) throw broken(what, `${received[name]?.data[at]} and not ${data[at]} for '${name}' at [${at}]`);
  }
}

/** The contract of gradient transforms and weight transforms, rule by rule. */
export const transformRules: readonly Rule<TransformSubject>[] = [
  shapes,
  zeros,
  resumable,
  repeatable,
  unchanged,
  leaks,
  refusesUnknownOptions(),
];

function gradientSubject(
  factory: ExtensionFactory<'gradientTransforms'>,
  { options }: TransformOptions,
): TransformSubject {
  const made = madeBy('gradientTransforms', factory, options, undefined);
  return { made, apply: () => made.make(), assigns: false };
}

function weightSubject(factory: ExtensionFactory<'weightTransforms'>, { options }: TransformOptions): TransformSubject {
  const made = madeBy('weightTransforms', factory, options, undefined);
  const apply = (): Apply => {
    const transform = made.make();
    return (_gradients, variables, step) => {
      transform(variables, step);
      return variables;
    };
  };
  return { made, apply, assigns: true };
}

/** The rules that a gradient transform breaks on the backend in use: none where it keeps the contract of `GradientTransform`. */
export function checkGradientTransform(
  factory: ExtensionFactory<'gradientTransforms'>,
  options: TransformOptions = {},
): Promise<RuleViolation[]> {
  return violationsOf(transformRules, gradientSubject(factory, options));
}

/** The rules that a weight transform breaks on the backend in use: none where it keeps the contract of `WeightTransform`. */
export function checkWeightTransform(
  factory: ExtensionFactory<'weightTransforms'>,
  options: TransformOptions = {},
): Promise<RuleViolation[]> {
  return violationsOf(transformRules, weightSubject(factory, options));
}

/** A vitest suite of the contract of a gradient transform, an optimizer among them. */
export function describeGradientTransform(
  factory: ExtensionFactory<'gradientTransforms'>,
  options: TransformOptions = {},
): void {
  describeTransform('gradient', options, () => gradientSubject(factory, options));
}

/** A vitest suite of the contract of a weight transform. */
export function describeWeightTransform(
  factory: ExtensionFactory<'weightTransforms'>,
  options: TransformOptions = {},
): void {
  describeTransform('weight', options, () => weightSubject(factory, options));
}

function describeTransform(
  what: string,
  { options = {}, backends }: TransformOptions,
  subject: () => TransformSubject,
): void {
  onBackends(`a ${what} transform ${JSON.stringify(options)} keeps its contract`, backends, () =>
    testRules(transformRules, subject),
  );
}
