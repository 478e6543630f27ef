import { packedCodes, readModel, writeModel, type Graph, type Parameter } from '@lowbit/graph';
import { describe, expect, it } from 'vitest';
import { expectSame } from '../testing-graphs.js';
import { codedKernel, floatParameter, randomFloats, unsigned } from '../testing.js';

/** A layer of weights of one bit on codes of 4, as a file has it: its codes stay as they are packed there. */
function fileOf(kernel: Parameter, groups = 1): Graph {
  const [, , channels, filters] = kernel.shape as [number, number, number, number];
  const graph: Graph = {
    inputs: [{ name: 'x', shape: [2, 3, channels * groups] }],
    outputs: ['y'],
    nodes: [
      { name: 'codes', op: 'quantize', inputs: ['x'], thresholds: 'thresholds', levels: unsigned(4) },
      {
        ...{ name: 'y', op: 'conv2d', inputs: ['codes'], kernel: 'kernel', scale: 'scale', groups },
        ...{ strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] },
      },
    ],
    parameters: {
      kernel,
      thresholds: { kind: 'float32', shape: [15], data: Float32Array.from({ length: 15 }, (_, k) => k / 10 - 0.5) },
      scale: floatParameter([filters], randomFloats(filters, 3)),
    },
  };
  return readModel(writeModel(graph), { keepCodes: false });
}

describe('weights of one bit as a file packs them', () => {
  it.each([
    [16, 16],
    [32, 48],
    [64, 16],
    // more channels than a chunk of tables has
    [2064, 32],
    // neither channels nor filters fill what is packed at a time
    [24, 16],
    [16, 24],
    [12, 7],
  ])('%i channels to %i filters, whichever code stands for the larger weight', async (channels, filters) => {
    for (const levels of [
      [-1, 1],
      [1, -1],
      [0, 1],
    ])
      await expectSame(fileOf(codedKernel([1, 1, channels, filters], levels, 4)), undefined, [1]);
  });

  it('groups', async () => {
    await expectSame(fileOf(codedKernel([1, 1, 16, 64], [-1, 1], 5), 2), undefined, [1]);
  });
});

describe('floats', () => {
  it.each([1, 2, 4])('%i groups, with filters that fill no block', async (groups) => {
    const kernel = floatParameter([1, 1, 5, 12 * groups], randomFloats(60 * groups, 6));
    const { inputs, nodes, parameters } = fileOf(kernel, groups);
    const [, conv] = nodes as [unknown, Graph['nodes'][number]];
    await expectSame({ inputs, outputs: ['y'], parameters, nodes: [{ ...conv, inputs: ['x'] }] }, undefined, [1]);
  });
});

it('what is read from a file has its bits at hand', () => {
  const { kernel } = fileOf(codedKernel([1, 1, 16, 16], [-1, 1], 4)).parameters;
  expect(packedCodes(kernel!)).toHaveLength(32);
});
