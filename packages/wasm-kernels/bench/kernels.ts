// Times each kernel beside TF.js's own WASM kernel, where it has one: npm run bench
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';

type Call = [inputs: tf.NamedTensorMap, attrs: object];
const conv = (x: number[], filter: number[], pad = 'same', strides = 1) => {
  const shape = tf.backend_util.computeConv2DInfo(x as Four, filter as Four, strides, 1, pad as 'same').outShape;
  const attrs = { strides, pad, dataFormat: 'NHWC', dilations: 1, inputShape: x, filterShape: filter };
  return { x: tf.randomNormal(x), dy: tf.randomNormal(shape), filter: tf.randomNormal(filter), attrs };
};
const depthwise = (x: number[], strides: number) => {
  const filter = [3, 3, x[3]!, 1];
  const info = tf.backend_util.computeConv2DInfo(x as Four, filter as Four, strides, 1, 'same', 'floor', true);
  const attrs = { strides, pad: 'same', dilations: 1, dimRoundingMode: 'floor', inputShape: x, filterShape: filter };
  return { x: tf.randomNormal(x), dy: tf.randomNormal(info.outShape), filter: tf.randomNormal(filter), attrs };
};
type Four = [number, number, number, number];

const rows: [string, string, () => Call][] = [];
for (const [x, filter] of [
  [
    [32, 32, 32, 64],
    [1, 1, 64, 64],
  ],
  [
    [32, 32, 32, 64],
    [3, 3, 64, 64],
  ],
  [
    [32, 32, 32, 3],
    [3, 3, 3, 32],
  ],
] as const) {
  rows.push([
    'Conv2DBackpropFilter',
    `${x} * ${filter}`,
    () => {
      const c = conv([...x], [...filter]);
      return [{ x: c.x, dy: c.dy }, c.attrs];
    },
  ]);
  rows.push([
    'Conv2DBackpropInput',
    `${x} * ${filter}`,
    () => {
      const c = conv([...x], [...filter]);
      return [{ dy: c.dy, filter: c.filter }, c.attrs];
    },
  ]);
}
for (const strides of [1, 2]) {
  const x = [32, 32, 32, 64];
  rows.push([
    'DepthwiseConv2dNative',
    `${x}, stride ${strides}`,
    () => {
      const c = depthwise(x, strides);
      return [{ x: c.x, filter: c.filter }, c.attrs];
    },
  ]);
  rows.push([
    'DepthwiseConv2dNativeBackpropFilter',
    `${x}, stride ${strides}`,
    () => {
      const c = depthwise(x, strides);
      return [{ x: c.x, dy: c.dy }, c.attrs];
    },
  ]);
  rows.push([
    'DepthwiseConv2dNativeBackpropInput',
    `${x}, stride ${strides}`,
    () => {
      const c = depthwise(x, strides);
      return [{ dy: c.dy, filter: c.filter }, c.attrs];
    },
  ]);
}
const big = [32, 32, 32, 64];
const pool = { filterSize: 2, strides: 2, pad: 'valid' };
const pooled = [32, 16, 16, 64];
rows.push(
  [
    'BatchMatMul',
    'A^T B, [8192,256]^T [8192,64]',
    () => [
      { a: tf.randomNormal([8192, 256]), b: tf.randomNormal([8192, 64]) },
      { transposeA: true, transposeB: false },
    ],
  ],
  [
    'BatchMatMul',
    'A B^T, [8192,256] [64,256]^T',
    () => [
      { a: tf.randomNormal([8192, 256]), b: tf.randomNormal([64, 256]) },
      { transposeA: false, transposeB: true },
    ],
  ],
  ['Sum', `${big} over 0, 1, 2`, () => [{ x: tf.randomNormal(big) }, { axis: [0, 1, 2], keepDims: false }]],
  ['Mean', `${big} over 0, 1, 2`, () => [{ x: tf.randomNormal(big) }, { axis: [0, 1, 2], keepDims: false }]],
  ['Tile', '1,1,1,64 to NHWC', () => [{ x: tf.randomNormal([1, 1, 1, 64]) }, { reps: [32, 32, 32, 1] }]],
  [
    'MaxPoolGrad',
    `${big}`,
    () => [{ dy: tf.randomNormal(pooled), input: tf.randomNormal(big), output: tf.randomNormal(pooled) }, pool],
  ],
  ['AvgPoolGrad', `${big}`, () => [{ dy: tf.randomNormal(pooled), input: tf.randomNormal(big) }, pool]],
  ['ClipByValue', `${big}`, () => [{ x: tf.randomNormal(big) }, { clipValueMin: 0, clipValueMax: 1 }]],
  ['Identity', `${big}`, () => [{ x: tf.randomNormal(big) }, {}]],
  [
    'UnsortedSegmentSum',
    '4096 x 128 to 1000',
    () => [
      { x: tf.randomNormal([4096, 128]), segmentIds: tf.randomUniform([4096], 0, 1000, 'int32') },
      { numSegments: 1000 },
    ],
  ],
  ...(['Add', 'Multiply', 'Sub'] as const).map((name): [string, string, () => Call] => [
    name,
    `${big} and 64`,
    () => [{ a: tf.randomNormal(big), b: tf.randomNormal([64]) }, {}],
  ]),
  ['Transpose', '2048,1024', () => [{ x: tf.randomNormal([2048, 1024]) }, { perm: [1, 0] }]],
  [
    'FusedBatchNorm',
    `${big}`,
    () => [
      {
        x: tf.randomNormal(big),
        mean: tf.randomNormal([64]),
        variance: tf.ones([64]),
        offset: tf.zeros([64]),
        scale: tf.ones([64]),
      },
      { varianceEpsilon: 1e-3 },
    ],
  ],
);

const show = (milliseconds: number | undefined) =>
  milliseconds === undefined ? 'has none' : `${milliseconds.toFixed(2)} ms`;

await tf.setBackend('wasm');
const stock = new Map(rows.map(([name]) => [name, tf.getKernel(name, 'wasm')?.kernelFunc]));
const { registerWasmKernels } = await import('../src/index.js');
registerWasmKernels();
for (const [name, shape, make] of rows) {
  const [inputs, attrs] = make();
  const time = (kernel: tf.KernelFunc) => {
    const start = performance.now();
    const out = kernel({ inputs, attrs: attrs as tf.NamedAttrMap, backend: tf.backend() }) as tf.TensorInfo;
    const milliseconds = performance.now() - start;
    tf.backend().disposeData(out.dataId);
    return milliseconds;
  };
  const kernels = [tf.getKernel(name, 'wasm').kernelFunc, stock.get(name)];
  const times: number[][] = [[], []];
  for (let turn = 0; turn < 15; turn++) kernels.forEach((kernel, i) => kernel && times[i]!.push(time(kernel)));
  const [ours, theirs] = times.map((all) => all.sort((a, b) => a - b)[all.length >> 1]);
  console.log(`${name.padEnd(38)} ${shape.padEnd(32)} ours ${show(ours)}  stock ${show(theirs)}`);
  tf.dispose(inputs);
}
