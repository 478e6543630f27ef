import type { Dataset, DatasetContext, ExtensionFactory, NdArray, Split } from '@lowbit/plugin-api';
import { rule, violationsOf, type On, type Rule, type RuleViolation } from '../rule.js';
import { shapeOf } from '../show.js';
import { describeRules } from '../suite.js';
import { firstDifference } from '../values.js';
import { madeBy, refusesUnknownOptions, type FactoryOptions, type Made } from './made.js';

/** What an author declares of a data set. */
export interface DatasetOptions extends FactoryOptions {
  /** What the factory is told besides its options; the folder of data sets. */
  readonly context?: DatasetContext;
}

/** A data set as the rules see it. */
export interface DatasetSubject {
  readonly made: Made<'datasets'>;
}

const described = rule<DatasetSubject>('it says what its examples are', async ({ made }, on) => {
  const { name, inputShape, classes, inputMax, splits } = await made.make();
  on('the data set', (broken) => {
    if (typeof name !== 'string' || name === '') throw broken('a name', name);
    if (!inputShape.every((size) => Number.isInteger(size) && size > 0))
      throw broken('an inputShape of positive integers', inputShape);
    if (new Set(classes).size !== classes.length) throw broken('classes of different names', classes);
    if (!(inputMax > 0 && inputMax < Infinity)) throw broken('a finite inputMax above 0', inputMax);
    for (const part of ['train', 'test']) if (!splits[part]) throw broken(`a split '${part}'`, Object.keys(splits));
  });
  for (const [part, { size }] of Object.entries(splits)) {
    on(`the split '${part}'`, (broken) => {
      if (!Number.isInteger(size) || size < 0) throw broken('a size from 0', size);
    });
  }
});

const shapes = rule<DatasetSubject>(
  'read gives as many examples as were asked for, in the shapes that were said',
  ({ made }, on) =>
    eachSplit(made, on, async ({ inputShape }, split, broken) => {
      for (const indices of [[], [0], [split.size - 1, 0]]) {
        const { inputs, targets } = await split.read(indices);
        const expected = [indices.length, ...inputShape];
        if (shapeOf(inputs.shape) !== shapeOf(expected))
          throw broken(`inputs of shape ${shapeOf(expected)}`, shapeOf(inputs.shape));
        if (targets.shape[0] !== indices.length) throw broken(`${indices.length} targets`, shapeOf(targets.shape));
        for (const { shape, data } of [inputs, targets]) {
          const size = shape.reduce((product, each) => product * each, 1);
          if (data.length !== size) throw broken(`${size} values of shape ${shapeOf(shape)}`, data.length);
        }
      }
    }),
);

const values = rule<DatasetSubject>(
  'inputs are at most inputMax; targets are class indices where there are classes',
  ({ made }, on) =>
    eachSplit(made, on, async ({ inputMax, classes }, split, broken) => {
      const { inputs, targets } = await split.read(some(split));
      const wrong = inputs.data.find((value) => !(Math.abs(value) <= inputMax));
      if (wrong !== undefined) throw broken(`values up to ${inputMax}`, wrong);
      if (classes.length === 0) return;
      if (!(targets.data instanceof Int32Array))
        throw broken('class indices in an Int32Array', targets.data.constructor.name);
      const strange = targets.data.find((target) => target < 0 || target >= classes.length);
      if (strange !== undefined) throw broken(`classes from 0 to ${classes.length - 1}`, strange);
    }),
);

const order = rule<DatasetSubject>('examples come in the order of the indices, which may repeat', ({ made }, on) =>
  eachSplit(made, on, async (_dataset, split, broken) => {
    const indices = [split.size - 1, 0, Math.floor(split.size / 2), 0];
    const together = await split.read(indices);
    for (const [i, index] of indices.entries()) {
      const alone = await split.read([index]);
      for (const part of ['inputs', 'targets'] as const) {
        const at = firstDifference(exampleOf(together[part], i), alone[part].data);
        if (at >= 0)
          throw broken(`the ${part} of example ${index} in place ${i} of [${indices.join(', ')}]`, `others at [${at}]`);
      }
    }
  }),
);

const repeatable = rule<DatasetSubject>(
  'reading again gives the same, whatever became of what was read',
  ({ made }, on) =>
    eachSplit(made, on, async ({ name }, split, broken, part) => {
      const indices = some(split);
      const first = await split.read(indices);
      const kept = [first.inputs, first.targets].map(({ data }) => data.slice());
      first.inputs.data.fill(0);
      first.targets.data.fill(0);
      const [again, fresh] = await Promise.all([split.read(indices), (await made.make()).splits[part]!.read(indices)]);
      for (const [how, read] of Object.entries({ 'read again': again, 'read of it made anew': fresh })) {
        [read.inputs, read.targets].forEach(({ data }, i) => {
          const at = firstDifference(kept[i]!, data);
          if (at >= 0) throw broken(`the same of ${name} ${how}`, `other ${i === 0 ? 'inputs' : 'targets'} at [${at}]`);
        });
      }
    }),
);

const outside = rule<DatasetSubject>('an index outside of the split is an error', ({ made }, on) =>
  eachSplit(made, on, async (_dataset, split, broken) => {
    for (const index of [-1, split.size, 0.5, NaN]) {
      const result = await split.read([index]).then(
        () => 'examples',
        () => undefined,
      );
      if (result) throw broken(`an error for the index ${index}`, result);
    }
  }),
);

async function eachSplit(
  made: Made<'datasets'>,
  on: On,
  body: (dataset: Dataset, split: Split, broken: Parameters<Parameters<On>[1]>[0], part: string) => Promise<void>,
): Promise<void> {
  const dataset = await made.make();
  for (const [part, split] of Object.entries(dataset.splits)) {
    if (split.size > 0) await on(`the split '${part}'`, (broken) => body(dataset, split, broken, part));
  }
}

/** At most 16 indices, over the whole split. */
function some({ size }: Split): number[] {
  const count = Math.min(16, size);
  return Array.from({ length: count }, (_, i) => Math.floor((i * size) / count));
}

function exampleOf({ shape, data }: NdArray, i: number): ArrayLike<number> {
  const size = shape.slice(1).reduce((product, each) => product * each, 1);
  return data.slice(i * size, (i + 1) * size);
}

/** The contract of a data set, rule by rule. */
export const datasetRules: readonly Rule<DatasetSubject>[] = [
  described,
  shapes,
  values,
  order,
  repeatable,
  outside,
  refusesUnknownOptions(),
];

function subjectOf(factory: ExtensionFactory<'datasets'>, { options, context = {} }: DatasetOptions): DatasetSubject {
  return { made: madeBy('datasets', factory, options, context) };
}

/** The rules that a data set breaks: none where it keeps the contract of `Dataset`. */
export function checkDataset(
  factory: ExtensionFactory<'datasets'>,
  options: DatasetOptions = {},
): Promise<RuleViolation[]> {
  return violationsOf(datasetRules, subjectOf(factory, options));
}

/** A vitest suite of the contract of a data set. */
export function describeDataset(factory: ExtensionFactory<'datasets'>, options: DatasetOptions = {}): void {
  describeRules(`a data set ${JSON.stringify(options.options ?? {})} keeps its contract`, datasetRules, () =>
    subjectOf(factory, options),
  );
}
