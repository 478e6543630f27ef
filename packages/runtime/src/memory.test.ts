import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout } from 'node:timers/promises';
import { writeModel, type Graph, type GraphNode } from '@lowbit/graph';
import { expect, it } from 'vitest';
import { load } from './load.js';
import { Model } from './model.js';
import { askedSimd, codedKernel, floatParameter, randomFloats } from './testing.js';
import { coded, codedParameters, graphOf, ones, type Parameters } from './testing-graphs.js';
import { engine } from './wasm/kernels.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Point-wise layers of 1 bit and 4 bits, as those of L-SSPQ50. */
function deepNet(layers: number, width: number, side: number): Graph {
  const parameters: Parameters = { ...codedParameters };
  const nodes: GraphNode[] = [{ ...coded[0]!, name: 'codes 0' }];
  for (let k = 1; k <= layers; k++) {
    parameters[`kernel ${k}`] = codedKernel([1, 1, width, width], [-1, 1], k);
    parameters[`scale ${k}`] = floatParameter([width], new Float32Array(width).fill(0.01));
    nodes.push({
      ...{ name: `layer ${k}`, op: 'conv2d', inputs: [`codes ${k - 1}`], kernel: `kernel ${k}`, scale: `scale ${k}` },
      ...ones,
    });
    nodes.push({ ...coded[0]!, name: `codes ${k}`, inputs: [`layer ${k}`] });
  }
  return { ...graphOf([[side, side, width]], nodes, parameters), outputs: [`codes ${layers}`] };
}

it('a model takes its packed weights, its arena, and less than a tenth more, also when it has run', async () => {
  const graph = deepNet(9, 512, 14);
  const host = await engine(askedSimd);
  const model = new Model(graph, host);
  const { weights, arena, scratch, total } = model.memory;
  const bits = 9 * 512 * 512;
  // four weights take a byte, so that tables can be looked up in with it
  expect(weights).toBeGreaterThan(bits / 4);
  expect(weights + arena + scratch).toBeLessThanOrEqual(total);
  expect(total).toBeLessThanOrEqual((weights + arena) * 1.1);
  await model.run({ x0: new Float32Array(14 * 14 * 512) });
  expect(host.memory.buffer.byteLength).toBe(total);
});

it('a model lets go of the file, whatever its steps are', async () => {
  const recurrence = {
    op: 'recurrent',
    inputs: ['x1'],
    kernel: 'kernel',
    recurrentKernel: 'recurrent',
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
    returnSequences: true,
    goBackwards: false,
  } as const;
  const window = { size: [2, 2], strides: [1, 1], pads: [0, 0, 0, 0] } as const;
  const nodes: GraphNode[] = [
    ...coded,
    { name: 'floats', op: 'dequantize', inputs: ['u4'] },
    { name: 'by values', op: 'conv2d', inputs: ['by-values'], kernel: 'signs', ...ones },
    { name: 'by integers', op: 'conv2d', inputs: ['u4'], kernel: 'signs', scale: 'scale', bias: 'scale', ...ones },
    { name: 'by floats', op: 'conv2d', inputs: ['x0'], kernel: 'weights', ...ones },
    { name: 'depthwise', op: 'conv2d', inputs: ['u4'], kernel: 'depths', ...ones, groups: 8 },
    {
      ...{ name: 'up', op: 'convTranspose2d', inputs: ['u4'], kernel: 'signs', scale: 'scale' },
      ...{ strides: [1, 1], pads: [0, 0, 0, 0], outputShape: [4, 4] },
    },
    { name: 'dense', op: 'dense', inputs: ['u4'], kernel: 'matrix' },
    { name: 'affine', op: 'affine', inputs: ['x0'], scale: 'scale', bias: 'scale' },
    { name: 'mean', op: 'mean', inputs: ['x0'], axis: 0 },
    { name: 'sum', op: 'add', inputs: ['x0', 'mean'] },
    { name: 'active', op: 'activeShift', inputs: ['x0'], offsets: 'offsets', strides: [1, 1] },
    { name: 'codes shifted', op: 'shift', inputs: ['u4'], offsets: Array.from({ length: 8 }, (_, k) => [k % 2, 0] as const), strides: [1, 1] }, // prettier-ignore
    { name: 'max', op: 'maxPool', inputs: ['u4'], ...window },
    { name: 'average', op: 'averagePool', inputs: ['by-values'], ...window },
    { name: 'both', op: 'concat', inputs: ['u4', 'codes shifted'], axis: 2 },
    { name: 'padded', op: 'pad', inputs: ['u4'], pads: [1, 1, 0, 0] },
    { name: 'norm', op: 'layerNorm', inputs: ['x0'], epsilon: 1e-3, gamma: 'scale', beta: 'scale' },
    { name: 'words', op: 'embedding', inputs: ['x2'], table: 'matrix', scale: 'scale' },
    { name: 'product', op: 'matMul', inputs: ['u4', 'u4'], transposeB: true },
    { ...recurrence, name: 'lstm', cell: 'lstm' },
    { ...recurrence, name: 'gru', cell: 'gru', kernel: 'kernel of 3', recurrentKernel: 'recurrent of 3' },
  ];
  const parameters: Parameters = {
    ...codedParameters,
    signs: codedKernel([1, 1, 8, 8], [-1, 1], 1),
    depths: codedKernel([1, 1, 1, 8], [-1, 1], 2),
    weights: floatParameter([1, 1, 8, 8], randomFloats(64, 3)),
    matrix: codedKernel([8, 8], [-1, 1], 4),
    scale: floatParameter([8], randomFloats(8, 5)),
    offsets: floatParameter([2, 8], randomFloats(16, 6)),
    kernel: codedKernel([6, 16], [-1, 1], 7),
    recurrent: floatParameter([4, 16], randomFloats(64, 8)),
    'kernel of 3': codedKernel([6, 12], [-1, 1], 9),
    'recurrent of 3': floatParameter([4, 12], randomFloats(48, 10)),
  };
  const graph = graphOf([[4, 4, 8], [3, 6], [2]], nodes, parameters);
  const { model, file } = await loaded(graph);
  const inputs = { x0: randomFloats(128, 1), x1: randomFloats(18, 2), x2: Float32Array.of(7, 0) };
  await model.run(inputs);
  for (let k = 0; k < 20 && file.deref(); k++) {
    await setTimeout(20);
    collect();
  }
  expect(file.deref()).toBeUndefined();
  await model.run(inputs);
});

async function loaded(graph: Graph): Promise<{ readonly model: Model; readonly file: WeakRef<object> }> {
  const bytes = writeModel(graph);
  return { model: await load(bytes, { simd: askedSimd }), file: new WeakRef(bytes.buffer) };
}
