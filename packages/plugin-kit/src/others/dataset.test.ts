import { factory, type Dataset, type NdArray, type Split } from '@lowbit/plugin-api';
import data, { digits } from '@lowbit/data';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkDataset, datasetRules, describeDataset } from './dataset.js';

describeDataset(digits, { options: { limit: 50, validation: 20 } });

it('tries a data set of the plugin by its name', async () => {
  expect(await checkDataset(data.datasets.digits, { options: { limit: 10 } })).toEqual([]);
});

const good = (): Dataset => ({
  name: 'tiny',
  inputShape: [2],
  classes: ['even', 'odd'],
  inputMax: 9,
  splits: { train: splitOf(6), test: splitOf(3) },
});

function splitOf(size: number, change: (inputs: Float32Array, targets: Int32Array) => void = () => undefined): Split {
  return {
    size,
    read: async (indices) => {
      if (indices.some((index) => !(Number.isInteger(index) && index >= 0 && index < size)))
        throw new RangeError('outside');
      const inputs = Float32Array.from(indices.flatMap((index) => [index, index]));
      const targets = Int32Array.from(indices, (index) => index % 2);
      change(inputs, targets);
      return { inputs: array([indices.length, 2], inputs), targets: array([indices.length], targets) };
    },
  };
}

function array<Data extends Float32Array | Int32Array>(shape: number[], data: Data): NdArray<Data> {
  return { shape, data };
}

const shared = new Float32Array(32);
const broken: [rule: RegExp, told: RegExp, change: Partial<Dataset>][] = [
  [/^it says/, /on the data set, expected a finite inputMax above 0, received 0/, { inputMax: 0 }],
  [/^it says/, /expected classes of different names, received \["a", "a"\]/, { classes: ['a', 'a'] }],
  [/^read gives/, /on the split 'train', expected inputs of shape \[0, 3\], received \[0, 2\]/, { inputShape: [3] }],
  [/^inputs are at most/, /expected values up to 4, received 5/, { inputMax: 4 }],
  [/^inputs are at most/, /expected classes from 0 to 0, received 1/, { classes: ['one'] }],
  [
    /^examples come in/,
    /expected the inputs of example 5 in place 0 of \[5, 0, 3, 0\], received others at \[0\]/,
    { splits: { train: splitOf(6, (inputs) => inputs.sort()), test: splitOf(3) } },
  ],
  [
    /^reading again/,
    /expected the same of tiny read again, received other inputs at/,
    {
      splits: {
        train: {
          size: 6,
          read: async (indices) => ({
            inputs: array([indices.length, 2], shared.subarray(0, 2 * indices.length).fill(shared[0]! + 1)),
            targets: array([indices.length], new Int32Array(indices.length)),
          }),
        },
        test: splitOf(3),
      },
    },
  ],
  [
    /^an index outside/,
    /expected an error for the index -1, received examples/,
    {
      splits: {
        train: {
          size: 6,
          read: async (indices) => splitOf(6).read(indices.map((index) => Math.abs(Math.trunc(index) || 0) % 6)),
        },
        test: splitOf(3),
      },
    },
  ],
];

it.each(broken)('%s is broken: %s', async (rule, told, change) => {
  const violations = await checkDataset(async () => ({ ...good(), ...change }));
  expect(violations.find((each) => rule.test(each.rule))?.message).toMatch(told);
});

it('any option is taken', async () => {
  const [violation, ...more] = await checkDataset(factory(z.looseObject({}), async () => good()));
  expect([violation!.rule, more]).toEqual([datasetRules.at(-1)!.name, []]);
});

it('every rule has a data set that breaks it', () => {
  expect(datasetRules.slice(0, -1).filter(({ name }) => !broken.some(([rule]) => rule.test(name)))).toEqual([]);
});
