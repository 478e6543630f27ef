import { readFileSync } from 'node:fs';
import { digits } from '@lowbit/data';
import { readModel } from '@lowbit/graph';
import { load } from '@lowbit/runtime';
import { describe, expect, it } from 'vitest';
import { samples } from './generated/samples.js';
import { factsOf } from './models/facts.js';
import { firstOfEach } from './testing/first-of-each.js';

const read = (name: string) => readFileSync(new URL(`../public/models/${name}.lowbit`, import.meta.url));

describe("the page's models", () => {
  it.each(['digits-w1a4', 'digits-float'])('%s reads 97 of 100 test digits', async (name) => {
    const { test } = (await digits()).splits;
    const { inputs, targets } = await test.read([...Array(test.size).keys()]);
    const model = await load(read(name));
    const [input, output] = [model.inputs[0]!.name, model.outputs[0]!.name];
    const scores = (await model.run({ [input]: Float32Array.from(inputs.data) }))[output]!;
    model.dispose();
    const right = Array.from(targets.data).filter((label, i) => {
      const row = scores.subarray(10 * i, 10 * (i + 1));
      return row.every((score) => score <= row[label]!);
    });
    expect(right.length / test.size).toBeGreaterThanOrEqual(0.97);
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
