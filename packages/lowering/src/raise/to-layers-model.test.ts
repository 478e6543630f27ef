import '@tensorflow/tfjs-backend-cpu';
import { interpretBatch, type Graph, type GraphNode, type Parameter } from '@lowbit/graph';
import { quantizeModel } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, type LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { lower } from '../lower.js';
import { toLayersModel } from './to-layers-model.js';

beforeAll(() => tf.setBackend('cpu'));

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const noise = (shape: readonly number[], seed: number) =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(7 * i + seed));
const floats = (...shape: number[]): Parameter => ({ kind: 'float32', shape, data: noise(shape, shape.length) });

function graphOf(shape: readonly number[], nodes: readonly GraphNode[], parameters: Graph['parameters'] = {}): Graph {
  return { inputs: [{ name: '/in put', shape }], nodes, outputs: [nodes.at(-1)!.name], parameters };
}

const X = ['/in put'];
const PLAIN = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;
const image = [6, 5, 4] as const;

const CASES: Record<string, Graph> = {
  'a convolution with scale, padding of its own': graphOf(
    image,
    [
      {
        name: 'y',
        op: 'conv2d',
        inputs: X,
        kernel: 'k',
        scale: 's',
        bias: 'b',
        ...PLAIN,
        strides: [2, 2],
        pads: [1, 1, 1, 1],
      },
    ],
    { k: floats(3, 3, 4, 6), s: floats(6), b: floats(6) },
  ),
  'a convolution of rows': graphOf(
    [7, 3],
    [{ name: 'y', op: 'conv2d', inputs: X, kernel: 'k', ...PLAIN, pads: [0, 2, 0, 1] }],
    { k: floats(1, 3, 3, 4) },
  ),
  'a depthwise convolution': graphOf(
    image,
    [{ name: 'y', op: 'conv2d', inputs: X, kernel: 'k', bias: 'b', ...PLAIN, pads: [1, 1, 1, 1], groups: 4 }],
    { k: floats(3, 3, 1, 8), b: floats(8) },
  ),
  'a transformer block': graphOf(
    [5],
    [
      { name: 'whole', op: 'unary', inputs: X, function: 'sign' },
      { name: 'index', op: 'unary', inputs: ['whole'], function: 'abs' },
      { name: 'rows', op: 'embedding', inputs: ['index'], table: 't' },
      { name: 'norm', op: 'layerNorm', inputs: ['rows'], epsilon: 1e-5, gamma: 'g', beta: 'g' },
      { name: 'q', op: 'dense', inputs: ['norm'], kernel: 'w', scale: 'g', bias: 'g' },
      { name: 'scores', op: 'matMul', inputs: ['q', 'norm'], transposeB: true },
      { name: 'share', op: 'softmax', inputs: ['scores'] },
      { name: 'mixed', op: 'matMul', inputs: ['share', 'norm'], transposeB: false },
      { name: 'gelu', op: 'unary', inputs: ['mixed'], function: 'gelu' },
      { name: 'more', op: 'affine', inputs: ['gelu'], scale: 'g', bias: 'g' },
      { name: 'less', op: 'subtract', inputs: ['more', 'q'] },
      { name: 'turned', op: 'transpose', inputs: ['less'], permutation: [1, 0] },
      { name: 'part', op: 'slice', inputs: ['turned'], begin: [1, 0], size: [2, 5] },
      { name: 'y', op: 'mean', inputs: ['part'], axis: 1 },
    ],
    { t: floats(3, 4), g: floats(4), w: floats(4, 4) },
  ),
  'pools and places': graphOf(image, [
    { name: 'max', op: 'maxPool', inputs: X, size: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
    { name: 'mean', op: 'averagePool', inputs: X, size: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
    { name: 'product', op: 'multiply', inputs: ['max', 'mean'] },
    { name: 'pad', op: 'pad', inputs: ['product'], pads: [0, 1, 1, 0] },
    { name: 'both', op: 'concat', inputs: ['pad', 'pad'], axis: 2 },
    { name: 'clip', op: 'clip', inputs: ['both'], min: -0.5, max: 0.5 },
    { name: 'all', op: 'globalMaxPool', inputs: ['clip'] },
    { name: 'square', op: 'reshape', inputs: ['all'], shape: [2, 4] },
    { name: 'y', op: 'maximum', inputs: ['square', 'square'] },
  ]),
};

async function reloaded(model: LayersModel): Promise<LayersModel> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return loadLayersModel(tf.io.fromMemory(saved!));
}

describe.each(Object.entries(CASES))('%s', (_name, graph) => {
  it('computes what the graph does, also saved, loaded and lowered', async () => {
    const before = tf.memory().numTensors;
    const [{ shape, name }] = graph.inputs as [{ shape: readonly number[]; name: string }];
    const data = noise([2, ...shape], 5);
    const expected = Object.values(interpretBatch(graph, { [name]: { shape: [2, ...shape], data } }))[0]!;
    const model = toLayersModel(graph);
    const loaded = await reloaded(model);
    const again = lower(loaded);
    const lowered = interpretBatch(again, { [again.inputs[0]!.name]: { shape: [2, ...shape], data } });
    const predicted = tf.tidy(() =>
      (loaded.predict(tf.tensor(data, [2, ...shape])) as tf.Tensor).dataSync<'float32'>(),
    );
    for (const found of [predicted, Object.values(lowered)[0]!.data]) {
      expect(found.length).toBe(expected.data.length);
      expected.data.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4));
    }
    const pads = ({ nodes }: Graph) => nodes.filter(({ op }) => op === 'pad').length;
    expect(pads(again)).toBe(pads(graph));
    model.dispose();
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('can be quantized: its weights become codes', () => {
  const model = toLayersModel(CASES['a transformer block']!);
  const quantized = quantizeModel(model, [{ weights: { quantizer: 'uniform', bits: 4 } }]);
  const { parameters } = lower(quantized);
  expect(Object.values(parameters).filter(({ kind }) => kind === 'codes')).toHaveLength(2);
  model.dispose();
  quantized.dispose();
});

it.each<[string, Graph, RegExp]>([
  [
    'groups',
    graphOf(image, [{ name: 'c', op: 'conv2d', inputs: X, kernel: 'k', ...PLAIN, groups: 2 }], {
      k: floats(1, 1, 2, 4),
    }),
    /a convolution in groups, in node 'c' \(conv2d\); keep it/,
  ],
  [
    'codes',
    graphOf([4], [{ name: 'd', op: 'dense', inputs: X, kernel: 'k' }], {
      k: { kind: 'codes', shape: [4, 2], bits: 1, levels: { integers: [-1, 1] }, data: new Uint8Array(8) },
    }),
    /few-bit weights, 'k', in node 'd'/,
  ],
  ['shifts', graphOf(image, [{ name: 's', op: 'shift', inputs: X, strides: [1, 1], offsets: [[0, 1], [0, 0], [1, 0], [0, 0]] }]), /an op that no layer stands for/], // prettier-ignore
])('refuses %s', (_name, graph, message) => {
  expect(() => toLayersModel(graph)).toThrow(message);
});
