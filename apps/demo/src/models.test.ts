import { readFileSync } from 'node:fs';
import { cifar10, digits, mnist } from '@lowbit/data';
import { readModel } from '@lowbit/graph';
import { load } from '@lowbit/runtime';
import { describe, expect, it } from 'vitest';
import { digitOf } from './digit.js';
import { samples } from './generated/samples.js';
import { factsOf } from './models/facts.js';
import { inkOfImage } from './ink.js';
import { firstOfEach } from './testing/first-of-each.js';

const read = (name: string) => readFileSync(new URL(`../public/models/${name}.lowbit`, import.meta.url));

/** The share of examples whose label has the highest score. */
async function accuracy(name: string, inputs: Float32Array, labels: ArrayLike<number>): Promise<number> {
  const model = await load(read(name));
  const scores = (await model.run({ [model.inputs[0]!.name]: inputs }))[model.outputs[0]!.name]!;
  model.dispose();
  const right = Array.from(labels).filter((label, i) => {
    const row = scores.subarray(10 * i, 10 * (i + 1));
    return row.every((score) => score <= row[label]!);
  });
  return right.length / labels.length;
}

describe("the page's models", () => {
  it.each(['digits-w1a4', 'digits-float'])('%s reads 97 of 100 test digits', async (name) => {
    const { test } = (await digits()).splits;
    const { inputs, targets } = await test.read([...Array(test.size).keys()]);
    expect(await accuracy(name, Float32Array.from(inputs.data), targets.data)).toBeGreaterThanOrEqual(0.97);
  });

  it('are the same network, of 1-bit weights and of floats', () => {
    const [few, float] = ['digits-w1a4', 'digits-float'].map((name) => factsOf(readModel(read(name)), 1));
    expect(few!.layers.map(({ name, shape }) => [name, shape])).toEqual(
      float!.layers.map(({ name, shape }) => [name, shape]),
    );
    expect(few!.layers.slice(1, -1).every(({ weightBits }) => weightBits === 1)).toBe(true);
    expect(float!.layers.every(({ weightBits }) => weightBits === 32)).toBe(true);
    expect(few!.labels).toEqual([...'0123456789']);
  });
});

it.for(['digits-w1a4', 'digits-float'])('%s reads images of a hand it has not seen', async (name, { skip }) => {
  const set = await mnist({ limit: 10, testLimit: 300 }).catch(() => undefined);
  if (!set) return skip('no MNIST under LOWBIT_DATA');
  const { test } = set.splits;
  const { inputs, targets } = await test.read([...Array(test.size).keys()]);
  const seen = new Float32Array(64 * test.size);
  for (let i = 0; i < test.size; i++) {
    const grays = inputs.data.subarray(784 * i, 784 * (i + 1));
    const data = Uint8ClampedArray.from({ length: 4 * 784 }, (_, k) => (k % 4 === 3 ? 255 : grays[k >> 2]!));
    seen.set(digitOf(inkOfImage({ width: 28, height: 28, data })), 64 * i);
  }
  expect(await accuracy(name, seen, targets.data)).toBeGreaterThanOrEqual(0.9);
});

it.for(['photographs-w4a4', 'photographs-float'])('%s knows what is in photographs', async (name, { skip }) => {
  const set = await cifar10({ limit: 10, testLimit: 400 }).catch(() => undefined);
  if (!set) return skip('no CIFAR-10 under LOWBIT_DATA');
  const { test } = set.splits;
  const { inputs, targets } = await test.read([...Array(test.size).keys()]);
  expect(factsOf(readModel(read(name)), 1).labels).toEqual(set.classes);
  expect(await accuracy(name, Float32Array.from(inputs.data), targets.data)).toBeGreaterThanOrEqual(0.85);
});

it('the samples are the first test examples of each digit', async () => {
  expect(samples).toEqual(await firstOfEach());
});

describe('factsOf', () => {
  it('refuses a network that does not classify images', () => {
    const graph = {
      inputs: [{ name: 'x', shape: [4] }],
      nodes: [{ name: 'y', op: 'unary' as const, inputs: ['x'], function: 'relu' as const }],
      outputs: ['y'],
      parameters: {},
    };
    expect(() => factsOf(graph, 1)).toThrow(
      'the page shows networks that classify images, received one of x [4]; choose another file',
    );
  });
});
