import { leavesNoTensors } from '@lowbit/testing';
import { interpretBatch } from '@lowbit/graph';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { createRegistry, type Quantizer } from '@lowbit/plugin-api';
import quantCore, {
  quantActivation,
  quantConv2d,
  quantDense,
  quantizedLayers,
  withPrecision,
} from '@lowbit/quant-core';
import { layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { lower } from './lower.js';
import { compare } from './testing/compare.js';
import { free } from './testing/models.js';

const registry = createRegistry([quantCore]);
const make = (role: 'weights' | 'activations', quantizer: string, bits: number, options: object = {}) =>
  registry.make('quantizers', { quantizer, bits, ...options }, role) as Quantizer;

/** Makes the state of all quantizers, from the weights and from one batch. */
function calibrate(model: LayersModel, x: tf.Tensor): void {
  for (const { layer } of quantizedLayers(model)) {
    layer.calibrateWeights();
    const slot = layer.slots.get('quantizer') ?? layer.slots.get('inputQuantizer');
    if (slot?.calibrates) slot.calibrate([x]);
  }
}

/** Whether the codes of the kernel, with the levels and scales of the graph, are what the model computes with. */
function kernelError(model: LayersModel, name: string): { integers: boolean; far: number } {
  const graph = lower(model);
  const kernel = graph.parameters[`${name}/kernel`]!;
  const node = graph.nodes.find((each) => each.name === name) as { scale?: string };
  const scale = node.scale ? (graph.parameters[node.scale] as { data: Float32Array }).data : Float32Array.of(1);
  if (kernel.kind !== 'codes') throw new Error('a float kernel');
  const layer = quantizedLayers(model).find(({ path }) => path === name)!.layer;
  const { kernel: quantized } = layer.quantizedWeights();
  const expected = quantized!.dataSync<'float32'>().slice();
  quantized!.dispose();
  const { levels, data, shape } = kernel;
  const outputs = shape.at(-1)!;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const values = Float32Array.from(data, (code, i) => {
    if ('integers' in levels) return levels.integers[code]! * scale[scale.length === 1 ? 0 : i % outputs]!;
    const rows = levels.grid.at(-1)!;
    const count = levels.values.length / rows;
    return levels.values[(rows === 1 ? 0 : i % outputs) * count + code]!;
  });
  const far = values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0) / largest;
  return { integers: 'integers' in levels, far };
}

type Row = [quantizer: string, bits: number, integers: boolean, options?: object];
const channel = { granularity: 'channel' };
const WEIGHTS: Row[] = [
  ...[1, 2, 4, 8].map((bits): Row => ['dorefa', bits, true]),
  ...[2, 3, 4, 8].map((bits): Row => ['uniform', bits, true]),
  ['uniform', 4, true, channel],
  ['uniform', 4, true, { range: 'affine' }],
  ...[2, 4, 8].map((bits): Row => ['lsq', bits, true]),
  ...[2, 4].map((bits): Row => ['pact', bits, true]),
  ...[2, 4].map((bits): Row => ['sawb', bits, true]),
  ['sawb+', 4, true],
  ...[1, 2, 3].map((bits): Row => ['inq', bits + 1, true]),
  // powers of two from 1 to 2^7, with both signs
  ['inq', 5, true],
  ['bwn', 1, true],
  ['bwn', 1, true, channel],
  ['xnor', 1, true],
  ['binary-connect', 1, true],
  ['twn', 2, true],
  ['twn', 2, true, channel],
  ['ttq', 2, false, { initial: 'mean' }],
  ['lq-nets', 2, false, { initial: 'data' }],
  ['kmeans', 3, false],
  ['lloyd-max', 3, true],
  ['qil', 3, true],
];

describe('weights', () => {
  it.each(WEIGHTS)('%s at %i bits', (quantizer, bits, integers, options) =>
    leavesNoTensors(() => {
      const kernelQuantizer = make('weights', quantizer, bits, options);
      const conv = quantConv2d({
        name: 'conv',
        inputShape: [5, 5, 4],
        filters: 6,
        kernelSize: 3,
        useBias: false,
        kernelQuantizer,
      });
      const model = sequential({ layers: [conv] });
      const x = tf.randomNormal([2, 5, 5, 4], 0, 1, 'float32', 3);
      calibrate(model, x);
      const found = kernelError(model, 'conv');
      expect(found.integers).toBe(integers);
      // values are the code book itself; a scale that was rounded to float32 is off by half of its last place
      expect(found.far).toBeLessThanOrEqual(integers ? 3e-7 : 0);
      expect(compare(model, x).outputs).toBeLessThan(1e-6);
      x.dispose();
      free(model);
    }),
  );
});

const ACTIVATIONS: Row[] = [
  ...[1, 2, 4, 8].map((bits): Row => ['dorefa', bits, true]),
  ...[2, 4, 8].map((bits): Row => ['pact', bits, true]),
  ...[2, 4, 8].map((bits): Row => ['lsq', bits, true]),
  ['lsq', 3, true, { signed: true }],
  ...[2, 4].map((bits): Row => ['uniform', bits, true]),
  ['uniform', 8, true],
  ['uniform', 8, true, { range: 'positive' }],
  ['uniform', 8, true, { range: 'symmetric' }],
  ['uniform', 4, true, { range: 'positive', rounding: 'half-up' }],
  ['uniform', 4, true, { range: 'symmetric' }],
  ...[2, 4].map((bits): Row => ['qil', bits, true]),
  ['lq-nets', 2, false, { initial: 'data' }],
  ['sign', 1, true],
  ['xnor', 1, true],
];

describe('activations', () => {
  it.each(ACTIVATIONS)('%s at %i bits', (quantizer, bits, integers, options) =>
    leavesNoTensors(() => {
      const activation = quantActivation({
        name: 'act',
        inputShape: [400, 2],
        quantizer: make('activations', quantizer, bits, options),
      });
      const model = sequential({ layers: [activation] });
      const x = tf.randomNormal([1, 400, 2], 0.4, 1, 'float32', 5);
      calibrate(model, x);
      // every threshold, the numbers next to it, and numbers of all sizes
      const graph = lower(model);
      const node = graph.nodes[0]!;
      if (node.op !== 'quantize') throw new Error(node.op);
      expect('integers' in node.levels).toBe(integers);
      const { data } = graph.parameters[node.thresholds] as { data: Float32Array };
      expect(data.length).toBeLessThan(2 ** bits);
      const next = (value: number, by: number) =>
        new Float32Array(Int32Array.of(new Int32Array(Float32Array.of(value).buffer)[0]! + by).buffer)[0]!;
      const sizes = Array.from({ length: 100 }, (_, i) => 2 ** (i / 2 - 25));
      const numbers = [...data]
        .flatMap((t) => (t === 0 ? [0, -(2 ** -149), 2 ** -149] : [next(t, -1), t, next(t, 1)]))
        .concat(
          sizes,
          sizes.map((s) => -s),
        );
      const probes = Float32Array.from({ length: 800 }, (_, i) => numbers[i % numbers.length]!);
      const given = tf.tensor(probes, [1, 400, 2]);
      const expected = tf.tidy(() => (model.predict(given) as tf.Tensor).dataSync<'float32'>().slice());
      const { act } = interpretBatch({ ...graph, outputs: ['act'] }, { [graph.inputs[0]!.name]: probes });
      const levels = new Set(expected);
      const apart = [...levels].reduce(
        (least, level) =>
          Math.min(least, ...[...levels].filter((other) => other !== level).map((other) => Math.abs(other - level))),
        Infinity,
      );
      act!.data.forEach((value, i) =>
        expect(Math.abs(value - expected[i]!), `${probes[i]}`).toBeLessThan(apart / 1000),
      );
      given.dispose();
      x.dispose();
      free(model);
    }),
  );

  it('at float are a clip, a ReLU or nothing', () =>
    leavesNoTensors(() => {
      const ops = ['dorefa', 'pact', 'lsq', 'sign', 'uniform'].map((name) => {
        const quantizer = make('activations', name, name === 'sign' ? 1 : 4);
        const model = sequential({ layers: [quantActivation({ inputShape: [3], quantizer })] });
        const x = tf.tensor2d([[-2, 0.3, 5]]);
        calibrate(model, x);
        const found = withPrecision({ activations: 'float' }, () => compare(model, x));
        expect(found.outputs).toBe(0);
        x.dispose();
        free(model);
        return found.graph.nodes.map(({ op, ...rest }) => ('function' in rest ? rest.function : op));
      });
      expect(ops).toEqual([['clip'], ['clip'], ['relu'], ['clip'], []]);
    }));

  it('are refused where each channel has levels, where no data made them, where they bend', () =>
    leavesNoTensors(() => {
      const refused = (quantizer: Quantizer, ready: boolean) => {
        const model = sequential({ layers: [quantActivation({ name: 'act', inputShape: [4, 3], quantizer })] });
        const x = tf.randomNormal([2, 4, 3], 0, 1, 'float32', 5);
        if (ready) calibrate(model, x);
        x.dispose();
        try {
          lower(model);
        } catch (error) {
          return (error as Error).message;
        } finally {
          free(model);
        }
        return undefined;
      };
      expect(refused(make('activations', 'uniform', 4, channel), true)).toMatch(
        /levels of its own for each channel.*layer 'act' \(QuantActivation\); give it/,
      );
      expect(refused(make('activations', 'lsq', 4), false)).toMatch(/never calibrated.*calibrateModel/);
      const folding: Quantizer = {
        ...make('activations', 'dorefa', 2),
        encode: (x) => tf.tidy(() => ({ ...make('activations', 'dorefa', 2).encode(tf.abs(x)) })),
      };
      expect(refused(folding, true)).toMatch(/a greater number goes to a lesser level/);
      const relative: Quantizer = {
        ...make('activations', 'dorefa', 2),
        encode: (x) => make('weights', 'bwn', 1, { granularity: 'tensor' }).encode(x),
      };
      expect(refused(relative, true)).toMatch(/its levels depend on what it is given/);
    }));
});

describe('precision', () => {
  it('is that of the scope around', () =>
    leavesNoTensors(() => {
      const layer = quantDense({
        name: 'fc',
        units: 2,
        inputShape: [3],
        kernelQuantizer: make('weights', 'dorefa', 2),
        inputQuantizer: make('activations', 'dorefa', 4),
      });
      const model = sequential({ layers: [layer, layers.dense({ units: 1 })] });
      const kinds = (bits: 3 | 'float') => {
        const { nodes, parameters } = withPrecision({ weights: bits }, () => lower(model));
        const kernel = parameters['fc/kernel']!;
        return [nodes[0]!.op, kernel.kind === 'codes' ? kernel.bits : 32];
      };
      expect([kinds(3), kinds('float')]).toEqual([
        ['quantize', 3],
        ['quantize', 32],
      ]);
      free(model);
    }));
});
