import { spawnSync } from 'node:child_process';
import { pickBackend } from '@lowbit/backends';
import { interpret, type FloatArray } from '@lowbit/graph';
import { importOnnx } from '@lowbit/import-onnx';
import { lower, toLayersModel } from '@lowbit/lowering';
import { load } from '@lowbit/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decoded, interop, missingPython, python } from './python.js';

/** The least and the most, and some between which ops changed: axes became inputs at 13 and 18, LayerNormalization came with 17, Gelu with 20. */
const OPSETS = ['11', '13', '17', '21'];

interface Case {
  readonly name: string;
  readonly opset: number;
  readonly model: Uint8Array;
  readonly inputs: Readonly<Record<string, FloatArray>>;
  /** What ONNX Runtime makes of them. */
  readonly outputs: Readonly<Record<string, FloatArray>>;
}

beforeAll(async () => void (await pickBackend('wasm')));
beforeEach((context) => context.skip(missingPython !== undefined, missingPython));

const CASES = missingPython === undefined ? cases() : [];

function cases(): Case[] {
  const { stdout, stderr, status } = spawnSync(python, [interop('import_cases.py'), ...OPSETS], { maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`import_cases.py: ${stderr.toString().slice(-2000)}`);
  const lines = stdout.toString().trim().split('\n');
  return lines.map((line) => {
    const { name, opset, model, inputs, outputs } = JSON.parse(line) as Encoded;
    return { name, opset, model: Buffer.from(model, 'base64'), inputs: decoded(inputs), outputs: decoded(outputs) };
  });
}

interface Encoded extends Pick<Case, 'name' | 'opset'> {
  readonly model: string;
  readonly inputs: Parameters<typeof decoded>[0];
  readonly outputs: Parameters<typeof decoded>[0];
}

/** Images as the graph has them: [1, channels, height, width] as [1, height, width, channels]; others as they are. */
function inLayout({ shape, data }: FloatArray, wanted: readonly number[]): Float32Array {
  if (shape.length !== 4 || shape.slice(1).join() === wanted.join()) return data;
  const [, channels, height, width] = shape as [number, number, number, number];
  return Float32Array.from(
    data,
    (_, i) =>
      data[((i % channels) * height + Math.floor(i / channels / width)) * width + (Math.floor(i / channels) % width)]!,
  );
}

/** The largest difference, as a share of the largest value. */
function distance(expected: Float32Array, found: Float32Array): number {
  expect(found.length).toBe(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0) / largest;
}

describe.each(OPSETS)('models of opset %s', (opset) => {
  const ofOpset = CASES.filter((each) => each.opset === Number(opset));

  it('are there', () => expect(ofOpset.length).toBeGreaterThan(80));

  it.each(ofOpset)('$name', async ({ model, inputs, outputs }) => {
    const graph = await importOnnx(model);
    const given = Object.fromEntries(
      graph.inputs.map(({ name, shape }) => [name, { shape, data: inLayout(inputs[name]!, shape) }]),
    );
    const computed = interpret(graph, given);
    const runtime = await load(graph);
    const ran = await runtime.run(Object.fromEntries(Object.entries(given).map(([name, { data }]) => [name, data])));
    for (const [i, [, expected]] of Object.entries(outputs).entries()) {
      const name = graph.outputs[i]!;
      const { shape, data } = computed[name]!;
      const wanted = inLayout(expected, shape);
      expect(distance(wanted, data as Float32Array)).toBeLessThan(1e-5);
      expect(Buffer.compare(bytesOf(ran[name]!), bytesOf(data))).toBe(0);
    }
    runtime.dispose();
  });

  it.each(ofOpset.filter(({ name }) => opset === OPSETS.at(-1) && name !== 'conv' && name !== 'conv in groups'))(
    'as layers: $name',
    async ({ model, inputs, outputs }) => {
      const graph = await importOnnx(model);
      const layers = toLayersModel(graph);
      const x = graph.inputs.map(({ name, shape }) => tf.tensor(inLayout(inputs[name]!, shape), [1, ...shape]));
      const predicted = tf.tidy(() => [layers.predict(x)].flat().map((y) => y.dataSync<'float32'>().slice()));
      const again = lower(layers);
      const given = again.inputs.map(
        ({ name, shape }, i) => [name, { shape, data: x[i]!.dataSync<'float32'>() }] as const,
      );
      const computed = interpret(again, Object.fromEntries(given));
      for (const [i, expected] of Object.values(outputs).entries()) {
        const { shape, data } = computed[again.outputs[i]!]!;
        const wanted = inLayout(expected, shape);
        expect(distance(wanted, predicted[i]!)).toBeLessThan(1e-5);
        expect(distance(wanted, data as Float32Array)).toBeLessThan(1e-5);
      }
      expect(again.nodes.filter(({ op }) => op === 'pad').length).toBe(
        graph.nodes.filter(({ op }) => op === 'pad').length,
      );
      tf.dispose(x);
      layers.dispose();
    },
  );

  it('turn no image around', async () => {
    for (const { name, model } of ofOpset.filter((each) => /Net/.test(each.name))) {
      const { nodes } = await importOnnx(model);
      expect(
        nodes.filter(({ op }) => op === 'transpose' || op === 'affine'),
        name,
      ).toEqual([]);
    }
  });
});

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
