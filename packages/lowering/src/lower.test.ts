import { leavesNoTensors } from '@lowbit/testing';
import { interpret, interpretBatch } from '@lowbit/graph';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  dorefaActivations,
  dorefaWeights,
  quantActivation,
  quantConv2d,
  quantDense,
  quantEmbedding,
} from '@lowbit/quant-core';
import { activeShift2d } from '@lowbit/shift-ops';
import {
  input,
  layers,
  model as functional,
  sequential,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { epilogue } from './epilogue.js';
import { lower, type LoweringOptions } from './index.js';
import type { LoweredValue } from './draft.js';
import type { LayerScope } from './scope.js';
import { compare } from './testing/compare.js';
import { free, randomize } from './testing/models.js';

const conv = (name: string, filters = 3) =>
  quantConv2d({ name, filters, kernelSize: 1, kernelQuantizer: dorefaWeights({ bits: 2 }) });
const norm = (name: string) => layers.batchNormalization({ name });
const act = (name: string) => quantActivation({ name, quantizer: dorefaActivations({ bits: 2 }) });
const at = (layer: { apply(x: SymbolicTensor | SymbolicTensor[]): unknown }, x: SymbolicTensor | SymbolicTensor[]) =>
  layer.apply(x) as SymbolicTensor;

const opsOf = (model: LayersModel, options?: LoweringOptions) => {
  randomize(model);
  const graph = lower(model, options);
  free(model);
  return graph.nodes.map(({ op, name, inputs }) => `${op} ${name}(${inputs.join(', ')})`);
};

describe('batch normalization', () => {
  it('goes into a convolution that nothing else reads', () => {
    const x = input({ shape: [4, 4, 2], name: 'image' });
    const shared = at(conv('shared'), x);
    const y = layers
      .add({ name: 'add' })
      .apply([at(norm('alone'), shared), at(norm('last'), at(conv('own'), at(act('codes'), shared)))]);
    expect(opsOf(functional({ inputs: x, outputs: y as SymbolicTensor }))).toEqual([
      'conv2d shared(image)',
      'affine alone(shared)',
      'quantize codes(shared)',
      'conv2d own(codes)',
      'add add(alone, own)',
    ]);
  });

  it('of normalizations in a row makes one', () => {
    const model = sequential({
      layers: [
        layers.inputLayer({ inputShape: [4, 4, 2], name: 'image' }),
        norm('first'),
        norm('second'),
        act('codes'),
      ],
    });
    expect(opsOf(model)).toEqual(['affine first(image)', 'quantize codes(first)', 'dequantize codes/real(codes)']);
  });

  it('leaves an output of the model as it is', () => {
    const x = input({ shape: [4, 4, 2], name: 'image' });
    const y = at(conv('conv'), x);
    const z = at(norm('norm'), y);
    expect(opsOf(functional({ inputs: x, outputs: [y, z] }))).toEqual(['conv2d conv(image)', 'affine norm(conv)']);
  });
});

describe('the graph of a model', () => {
  it('enters models inside, and has the weights of a layer that is used twice once', () =>
    leavesNoTensors(() => {
      const inner = sequential({
        name: 'inner',
        layers: [layers.inputLayer({ inputShape: [4, 4, 3] }), conv('conv'), norm('norm'), act('codes')],
      });
      const x = input({ shape: [4, 4, 3], name: 'image' });
      const outer = functional({ inputs: x, outputs: at(inner, at(inner, x)) });
      randomize(outer);
      const data = tf.randomNormal([2, 4, 4, 3], 0, 1, 'float32', 2);
      const { graph, outputs } = compare(outer, data);
      expect(outputs).toBeLessThan(1e-6);
      expect(graph.nodes.map(({ name }) => name)).toEqual([
        'inner/conv',
        'inner/codes',
        'inner/conv_1',
        'inner/codes_1',
        'inner/codes_1/real',
      ]);
      expect(Object.keys(graph.parameters).filter((name) => name.endsWith('kernel'))).toEqual(['inner/conv/kernel']);
      data.dispose();
      free(outer);
    }));

  it('has thresholds that several layers share once', () => {
    const model = sequential({ layers: [layers.inputLayer({ inputShape: [4, 4, 2] }), act('a'), conv('b'), act('c')] });
    const { parameters } = lower(model);
    expect(Object.keys(parameters).filter((name) => name.includes('thresholds'))).toEqual(['a/thresholds']);
    free(model);
  });

  it('merges by every op, of values that are codes too', () =>
    leavesNoTensors(() => {
      const x = input({ shape: [4, 4, 3] });
      const [a, b, c] = [at(conv('a'), x), at(act('b'), at(conv('before_b'), x)), at(conv('c'), x)];
      const merged = [
        layers.add(),
        layers.multiply(),
        layers.average(),
        layers.maximum(),
        layers.minimum(),
        layers.concatenate(),
      ];
      const model = functional({ inputs: x, outputs: merged.map((layer) => layer.apply([a, b, c]) as SymbolicTensor) });
      randomize(model);
      const data = tf.randomNormal([2, 4, 4, 3], 0, 1, 'float32', 2);
      expect(compare(model, data).outputs).toBeLessThan(1e-6);
      data.dispose();
      free(model);
    }));

  it('looks words up in a coded table', () =>
    leavesNoTensors(() => {
      for (const embeddingsQuantizer of [
        dorefaWeights({ bits: 3 }),
        undefined,
        { quantizer: 'uniform', bits: 4, granularity: 'channel' },
      ]) {
        const table = quantEmbedding({ inputDim: 7, outputDim: 4, inputLength: 5, embeddingsQuantizer });
        const model = sequential({ layers: [table, layers.lstm({ units: 2 })] });
        const data = tf.tensor2d([[0, 6, 3, 2, 1]]);
        expect(compare(model, data).outputs).toBeLessThan(1e-6);
        data.dispose();
        free(model);
      }
    }));

  it('keeps metadata', () => {
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
    expect(lower(model, { metadata: { classes: 'cat,dog' } }).metadata).toEqual({ classes: 'cat,dog' });
    free(model);
  });
});

describe('normalize', () => {
  const model = () => sequential({ layers: [layers.flatten({ inputShape: [2, 1, 3] })] });
  const bytes = Float32Array.of(0, 128, 255, 51, 102, 204);

  it('prepares the input as the data set does', () => {
    const net = model();
    const [mean, std] = [
      [0.1, 0.2, 0.3],
      [0.5, 0.25, 2],
    ];
    const pixelMean = [0.5, 0.1, 0.2, 0.3, 0.4, 0.6];
    for (const centre of [undefined, pixelMean]) {
      const graph = lower(net, { normalize: { inputMax: 255, mean, std, ...(centre && { pixelMean: centre }) } });
      const { data } = Object.values(interpret(graph, { [graph.inputs[0]!.name]: bytes }))[0]!;
      bytes.forEach((byte, i) => {
        const expected = (byte / 255 - (centre?.[i] ?? 0) - mean[i % 3]!) / std[i % 3]!;
        expect(data[i]!).toBeCloseTo(expected, 5);
      });
    }
    free(net);
  });

  it('refuses other sizes than the input has', () => {
    const net = model();
    expect(() => lower(net, { normalize: { inputMax: 255, mean: [1, 2] } })).toThrow(
      'mean needs 3 numbers for an input of shape [2, 1, 3], in lower at normalize, received 2',
    );
    free(net);
  });
});

describe('floatInputs', () => {
  it('quantizes what few-bit weights read of a known range, and nothing else', () => {
    const shiftNet = () =>
      sequential({
        layers: [
          layers.inputLayer({ inputShape: [4, 4, 2], name: 'image' }),
          conv('stem'),
          act('codes'),
          activeShift2d({ name: 'shift', seed: 1 }),
          conv('conv'),
          layers.conv2d({ name: 'float', filters: 1, kernelSize: 1 }),
        ],
      });
    const tail = (input: string) => ['conv2d float(conv)', `conv2d conv(${input})`];
    expect(opsOf(shiftNet()).reverse().slice(0, 2)).toEqual(tail('shift'));
    expect(opsOf(shiftNet(), { floatInputs: 8 }).reverse().slice(0, 3)).toEqual([
      ...tail('conv/input'),
      'quantize conv/input(shift)',
    ]);
  });

  it('has as many levels below 0 as above it where the range has both signs', () => {
    const model = sequential({
      layers: [
        layers.activation({ activation: 'tanh', inputShape: [3] }),
        quantDense({ name: 'fc', units: 2, kernelInitializer: 'ones', kernelQuantizer: dorefaWeights({ bits: 1 }) }),
      ],
    });
    const graph = lower(model, { floatInputs: 8 });
    const node = graph.nodes.find(({ op }) => op === 'quantize');
    expect(
      node?.op === 'quantize' &&
        'integers' in node.levels && [node.levels.integers[0], node.levels.integers[255], node.levels.scale],
    ).toEqual([-128, 127, Math.fround(1 / 127)]);
    const data = tf.tensor2d([
      [2, 0.1, 2],
      [0, 0, 0],
    ]);
    const model8 = compare(model, data, { floatInputs: 8 });
    // three inputs off by up to 1/254 each, of a sum of 2.03
    expect(model8.outputs).toBeLessThan(3 / 254 / 2.03);
    data.dispose();
    free(model);
  });
});

describe('a layer of a third party', () => {
  class Halve extends layers.Layer {
    static className = 'Halve';
    override call(x: tf.Tensor | tf.Tensor[]) {
      return tf.tidy(() => tf.mul([x].flat()[0]!, 0.5));
    }
    lowerItself([x]: readonly LoweredValue[], scope: LayerScope): LoweredValue {
      return scope.affine(x!, epilogue({ scale: [0.5] }));
    }
  }

  it('lowers itself', () =>
    leavesNoTensors(() => {
      const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] }), new Halve({})] });
      const data = tf.randomNormal([2, 3], 0, 1, 'float32', 2);
      const { graph, outputs } = compare(model, data);
      expect(outputs).toBeLessThan(1e-6);
      expect(graph.nodes.map(({ op }) => op)).toEqual(['dense']);
      data.dispose();
      free(model);
    }));
});

describe('what cannot be lowered', () => {
  const refusal = (
    made: tf.serialization.Serializable[],
    inputShape: (number | null)[],
    options?: LoweringOptions,
  ): string => {
    const x = input({ shape: inputShape, name: 'in' });
    const model = functional({
      inputs: x,
      outputs: (made as unknown as { apply(x: SymbolicTensor): unknown }[]).reduce(
        (value, layer) => at(layer as never, value),
        x,
      ),
    });
    try {
      lower(model, options);
      return 'nothing';
    } catch (error) {
      expect((error as { code: string }).code).toMatch(/unsupported|config/);
      return (error as Error).message;
    } finally {
      free(model);
    }
  };

  it.each<[string, () => tf.serialization.Serializable[], (number | null)[], RegExp]>([
    [
      'a class without a rule',
      () => [layers.upSampling2d({ name: 'up' })],
      [2, 2, 1],
      /^a layer of a class that cannot be lowered, in layer 'up', received 'UpSampling2D'; give the layer a method lowerItself/,
    ],
    [
      'channels first',
      () => [layers.conv2d({ name: 'c', filters: 2, kernelSize: 1, dataFormat: 'channelsFirst' })],
      [2, 3, 3],
      /^channels that come first, in layer 'c' \(Conv2D\), received 'channelsFirst'/,
    ],
    [
      'a size that is not known',
      () => [layers.dense({ units: 2 })],
      [null, 3],
      /^a size besides the batch that is not known, in input 'in', received \[null,null,3\]/,
    ],
    [
      'a mask',
      () => [layers.embedding({ name: 'e', inputDim: 3, outputDim: 2, maskZero: true })],
      [4],
      /^a mask, which graphs do not have, in layer 'e'/,
    ],
    [
      'an unknown function',
      () => [layers.activation({ name: 'f', activation: 'selu' })],
      [4],
      /no op for, in layer 'f' \(Activation\), received 'selu'/,
    ],
    [
      'a normalization of rows',
      () => [layers.batchNormalization({ name: 'n', axis: 1 })],
      [4, 3],
      /another axis than the last, in layer 'n'/,
    ],
    [
      'a function in a cell',
      () => [layers.lstm({ name: 'l', units: 2, activation: 'selu' })],
      [4, 3],
      /no op for, in layer 'l' \(LSTM\), received 'selu'/,
    ],
    [
      'a convolution at each step',
      () => [layers.timeDistributed({ name: 't', layer: layers.conv2d({ filters: 1, kernelSize: 1 }) })],
      [2, 3, 3, 1],
      /work on the last axis, in layer 't' \(TimeDistributed\), received 'Conv2D'/,
    ],
  ])('%s', (_name, made, shape, message) => expect(refusal(made(), shape)).toMatch(message));

  it('options that there are not', () => {
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
    expect(() => lower(model, { floatInput: 8 } as LoweringOptions)).toThrow(/unknown key 'floatInput', in lower/);
    expect(() => lower(model, { floatInputs: 4 as 8 })).toThrow("floatInputs is 'float' or 8");
    free(model);
  });
});

it('a graph interprets a batch of several inputs', () => {
  const [a, b] = [input({ shape: [2], name: 'a' }), input({ shape: [2], name: 'b' })];
  const model = functional({ inputs: [a, b], outputs: layers.add({ name: 'sum' }).apply([a, b]) as SymbolicTensor });
  const { sum } = interpretBatch(lower(model), { a: Float32Array.of(1, 2), b: Float32Array.of(3, 4) });
  expect([...sum!.data]).toEqual([4, 6]);
});
