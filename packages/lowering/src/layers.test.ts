import { leavesNoTensors } from '@lowbit/testing';
import '@tensorflow/tfjs-backend-cpu';
import {
  BatchNorm,
  dorefaActivations,
  dorefaWeights,
  quantActivation,
  quantAttention,
  quantConv1d,
  quantConv2d,
  quantConv2dTranspose,
  quantDense,
  quantDepthwiseConv2d,
  quantFoldedConv2d,
  quantGru,
  quantLstm,
  quantSeparableConv2d,
  quantSimpleRnn,
  signActivations,
  uniformWeights,
  xnorActivations,
} from '@lowbit/quant-core';
import { activeShift2d, groupedShift2d, sparseShift2d } from '@lowbit/shift-ops';
import { layers } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import type { Layer } from './layer.js';
import { compareLayers } from './testing/layers.js';

const w = (bits: 1 | 2 | 4 | 8 = 2) => ({ kernelQuantizer: dorefaWeights({ bits }) });
const a = { inputQuantizer: dorefaActivations({ bits: 4 }) };
const perChannel = { kernelQuantizer: uniformWeights({ bits: 3, granularity: 'channel' }) };

type Case = [name: string, inputShape: number[], layers: () => Layer[]];

const IMAGE = [7, 6, 4];
const convolutions: Case[] = [
  [
    'conv2d',
    IMAGE,
    () => [layers.conv2d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' })],
  ],
  [
    'conv2d, dilated',
    IMAGE,
    () => [layers.conv2d({ filters: 3, kernelSize: [3, 2], dilationRate: 2, padding: 'same' })],
  ],
  [
    'conv2d, valid',
    IMAGE,
    () => [layers.conv2d({ filters: 3, kernelSize: [2, 3], strides: [1, 2], padding: 'valid' })],
  ],
  ['codes by codes', IMAGE, () => [quantConv2d({ filters: 5, kernelSize: 3, padding: 'same', ...w(), ...a })]],
  ['codes by real weights', IMAGE, () => [quantConv2d({ filters: 5, kernelSize: 3, ...a })]],
  ['real numbers by codes', IMAGE, () => [quantConv2d({ filters: 5, kernelSize: 3, ...w(1) })]],
  ['a scale by channel', IMAGE, () => [quantConv2d({ filters: 5, kernelSize: 1, ...perChannel, ...a })]],
  [
    '8-bit DoReFa weights, whose integers have 9',
    IMAGE,
    () => [quantConv2d({ filters: 5, kernelSize: 1, ...w(8), ...a })],
  ],
  [
    'a group of input channels',
    IMAGE,
    () => [
      quantConv2d({
        filters: 5,
        kernelSize: 1,
        ...a,
        kernelQuantizer: uniformWeights({ bits: 3, granularity: { group: 2 } }),
      }),
    ],
  ],
  [
    'XNOR with K',
    IMAGE,
    () => [
      quantConv2d({
        filters: 5,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        ...w(1),
        inputQuantizer: xnorActivations({ scale: 'K' }),
      }),
    ],
  ],
  ['depthwise', IMAGE, () => [layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same' })]],
  [
    'depthwise, quantized',
    IMAGE,
    () => [
      quantDepthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same', ...perChannel, ...a }),
    ],
  ],
  [
    'depthwise, LQ levels',
    IMAGE,
    () => [
      quantDepthwiseConv2d({
        kernelSize: 3,
        depthMultiplier: 2,
        kernelQuantizer: { quantizer: 'ttq', granularity: 'channel' },
      }),
    ],
  ],
  [
    'separable',
    IMAGE,
    () => [
      quantSeparableConv2d({
        filters: 5,
        kernelSize: 3,
        depthMultiplier: 2,
        depthwiseQuantizer: dorefaWeights({ bits: 3 }),
        pointwiseQuantizer: dorefaWeights({ bits: 2 }),
        ...a,
      }),
    ],
  ],
  [
    'transposed, same',
    IMAGE,
    () => [quantConv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same', ...perChannel, ...a })],
  ],
  [
    'transposed, valid',
    IMAGE,
    () => [layers.conv2dTranspose({ filters: 3, kernelSize: [2, 4], strides: [3, 2], padding: 'valid' })],
  ],
  ['conv1d', [9, 4], () => [quantConv1d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same', ...w(), ...a })]],
  ['folded', IMAGE, () => [quantFoldedConv2d({ filters: 5, kernelSize: 3, padding: 'same', ...perChannel, ...a })]],
  ['dense', [6], () => [quantDense({ units: 5, ...w(1), ...a })]],
  ['dense over places', [3, 6], () => [layers.dense({ units: 5, activation: 'softmax' })]],
];

const others: Case[] = [
  [
    'batch normalization after a convolution',
    IMAGE,
    () => [quantConv2d({ filters: 5, kernelSize: 3, ...w(), ...a }), new BatchNorm({ epsilon: 1e-4 }), layers.reLU()],
  ],
  [
    'batch normalization of codes',
    IMAGE,
    () => [quantActivation({ quantizer: signActivations() }), layers.batchNormalization({ scale: false })],
  ],
  [
    'functions',
    [9],
    () =>
      ['relu6', 'elu', 'sigmoid', 'hardSigmoid', 'tanh', 'softplus', 'swish', 'mish', 'gelu'].map((activation) =>
        layers.activation({ activation: activation as 'relu' }),
      ),
  ],
  [
    'bounded, leaky, exponential',
    [9],
    () => [layers.leakyReLU({ alpha: 0.25 }), layers.elu(), layers.reLU({ maxValue: 0.6 })],
  ],
  [
    'pools',
    [9, 8, 4],
    () => [
      layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      layers.averagePooling2d({ poolSize: 2, strides: 2, padding: 'same' }),
    ],
  ],
  [
    'pools of codes',
    [9, 8, 4],
    () => [
      quantActivation({ quantizer: signActivations() }),
      layers.maxPooling2d({ poolSize: [2, 3], strides: [2, 1] }),
      layers.globalAveragePooling2d({}),
    ],
  ],
  [
    'the largest of codes',
    [5, 4, 3],
    () => [quantActivation({ quantizer: dorefaActivations({ bits: 2 }) }), layers.globalMaxPooling2d({})],
  ],
  [
    'pools along one axis',
    [9, 4],
    () => [
      layers.maxPooling1d({ poolSize: 2, strides: 1 }),
      layers.averagePooling1d({ poolSize: 3, padding: 'same' }),
      layers.globalAveragePooling1d({}),
    ],
  ],
  [
    'padding of codes',
    [5, 4, 3],
    () => [
      quantActivation({ quantizer: dorefaActivations({ bits: 2 }) }),
      layers.zeroPadding2d({
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
      layers.cropping2D({
        cropping: [
          [0, 1],
          [1, 1],
        ],
      }),
    ],
  ],
  [
    'padding of codes without 0',
    [5, 4, 3],
    () => [quantActivation({ quantizer: signActivations() }), layers.zeroPadding2d({ padding: 1 })],
  ],
  [
    'shapes',
    [4, 3, 2],
    () => [
      layers.permute({ dims: [3, 1, 2] }),
      layers.reshape({ targetShape: [6, 4] }),
      layers.flatten(),
      layers.repeatVector({ n: 3 }),
      layers.dropout({ rate: 0.5 }),
    ],
  ],
  [
    'layer normalization',
    [4, 6],
    () => [layers.layerNormalization({ gammaInitializer: 'randomNormal', betaInitializer: 'randomNormal' })],
  ],
  ['each step by itself', [4, 6], () => [layers.timeDistributed({ layer: quantDense({ units: 5, ...w(), ...a }) })]],
  [
    'active shift',
    IMAGE,
    () => [
      quantActivation({ quantizer: dorefaActivations({ bits: 4 }) }),
      activeShift2d({ seed: 2, stride: 2, radius: 2 }),
    ],
  ],
  [
    'sparse shift of codes',
    IMAGE,
    () => [
      quantActivation({ quantizer: dorefaActivations({ bits: 4 }) }),
      sparseShift2d({ seed: 2, stride: 2, radius: 3 }),
    ],
  ],
  [
    'grouped shift of signs',
    [7, 6, 19],
    () => [quantActivation({ quantizer: signActivations() }), groupedShift2d({ stride: 2 })],
  ],
];

const sequences: Case[] = [
  [
    'lstm',
    [5, 4],
    () => [
      layers.lstm({ units: 3, returnSequences: true }),
      quantLstm({
        units: 2,
        goBackwards: true,
        kernelQuantizer: dorefaWeights({ bits: 3 }),
        recurrentQuantizer: uniformWeights({ bits: 4, granularity: 'channel' }),
        ...a,
      }),
    ],
  ],
  [
    'gru',
    [5, 4],
    () => [quantGru({ units: 3, kernelQuantizer: dorefaWeights({ bits: 2 }), recurrentActivation: 'sigmoid' })],
  ],
  [
    'gru of codes by a code book',
    [5, 4],
    () => [
      quantGru({
        units: 3,
        kernelQuantizer: { quantizer: 'ttq', bits: 2, initial: 'mean' },
        recurrentQuantizer: { quantizer: 'kmeans', bits: 3 },
        ...a,
      }),
    ],
  ],
  [
    'simple rnn',
    [5, 4],
    () => [quantSimpleRnn({ units: 3, activation: 'relu', recurrentQuantizer: dorefaWeights({ bits: 4 }) })],
  ],
  ...(['concat', 'sum', 'ave', 'mul'] as const).map((mergeMode): Case => [
    `both directions, ${mergeMode}`,
    [5, 4],
    () => [
      layers.bidirectional({
        layer: quantGru({ units: 3, returnSequences: mergeMode !== 'sum', ...w() }) as never,
        mergeMode,
      }),
    ],
  ]),
  ...([false, true] as const).map((causal): Case => [
    `attention${causal ? ', causal' : ''}`,
    [5, 6],
    () => [
      quantAttention({
        heads: 2,
        keyDimension: 3,
        valueDimension: 4,
        causal,
        seed: 3,
        queryKernelQuantizer: dorefaWeights({ bits: 2 }),
        outputKernelQuantizer: dorefaWeights({ bits: 4 }),
        inputQuantizer: signActivations(),
        queryQuantizer: signActivations(),
        keyQuantizer: signActivations(),
        probabilityQuantizer: dorefaActivations({ bits: 8 }),
        outputInputQuantizer: dorefaActivations({ bits: 4 }),
      }),
    ],
  ]),
];

describe.each([
  ['convolutions and products', convolutions],
  ['other layers', others],
  ['sequences', sequences],
] as const)('%s', (_group, cases) => {
  it.each(cases)('%s', (_name, shape, make) =>
    leavesNoTensors(() => {
      const found = compareLayers(shape, make());
      expect(found.unexplained).toBe(0);
      expect(found.differing).toBe(0);
      expect(found.outputs).toBeLessThan(3e-6);
    }),
  );
});
