import { inferValues, type GraphNode } from '@lowbit/graph';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expectSame, graphOf, ones, type Parameters } from '../testing-graphs.js';
import { floatParameter, randomFloats, unsigned, upTo } from '../testing.js';
import { fuse } from './fuse.js';

const CHANNELS = 7;
const conv = { op: 'conv2d', ...ones, scale: 'scale', bias: 'bias' } as const;

const parameters: Parameters = {
  kernel: floatParameter([1, 1, CHANNELS, CHANNELS], randomFloats(CHANNELS ** 2, 1)),
  grouped: floatParameter([1, 1, 1, CHANNELS], randomFloats(CHANNELS, 2)),
  scale: floatParameter([CHANNELS], randomFloats(CHANNELS, 3)),
  one: floatParameter([1], Float32Array.of(-0.75)),
  bias: floatParameter([CHANNELS], randomFloats(CHANNELS, 4)),
  uneven: floatParameter(
    [40],
    Float32Array.from(upTo(40), (k) => (k - 20) ** 3 / 500),
  ),
  even: floatParameter(
    [15],
    Float32Array.from(upTo(15), (k) => (k - 7) * 0.3),
  ),
};

/** A node that reads values of float32, the newest one among them. */
function nodeOf(kind: number, name: string, x: string, other: string): GraphNode {
  const all: GraphNode[] = [
    { name, ...conv, inputs: [x], kernel: 'kernel' },
    { name, ...conv, inputs: [x], kernel: 'grouped', groups: CHANNELS },
    { name, op: 'dense', inputs: [x], kernel: 'matrix', bias: 'bias' },
    { name, op: 'add', inputs: [x, other] },
    { name, op: 'add', inputs: [other, x] },
    { name, op: 'affine', inputs: [x], scale: 'scale' },
    { name, op: 'affine', inputs: [x], scale: 'one', bias: 'bias' },
    { name, op: 'unary', inputs: [x], function: 'relu' },
    { name, op: 'unary', inputs: [x], function: 'relu6' },
    { name, op: 'unary', inputs: [x], function: 'tanh' },
    { name, op: 'clip', inputs: [x], min: -1, max: 1.5 },
    { name, op: 'maxPool', inputs: [x], size: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0] },
  ];
  return all[kind % all.length]!;
}

it('nets of any rows compute what the interpreter does, whoever reads them', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ kind: fc.nat(11), from: fc.nat(3), other: fc.nat(30), coded: fc.nat(5) }), {
        minLength: 1,
        maxLength: 14,
      }),
      fc.array(fc.nat(20), { maxLength: 2 }),
      async (steps, others) => {
        const names = ['x0'];
        const nodes: GraphNode[] = [];
        steps.forEach(({ kind, from, other, coded }, k) => {
          const x = names[Math.max(0, names.length - 1 - (from === 3 ? 2 : 0))]!;
          nodes.push(nodeOf(kind, `n${k}`, x, names[other % names.length]!));
          names.push(`n${k}`);
          if (coded > 2) return;
          const thresholds = coded === 0 ? 'uneven' : 'even';
          const levels = unsigned(coded === 0 ? 6 : 4);
          const integers = levels.integers.slice(0, coded === 0 ? 41 : 16);
          nodes.push({
            name: `q${k}`,
            op: 'quantize',
            inputs: [`n${k}`],
            thresholds,
            levels: { integers, scale: 0.125 },
          });
          if (coded === 2) return;
          nodes.push({ name: `r${k}`, op: 'dequantize', inputs: [`q${k}`] });
          names.push(`r${k}`);
        });
        const matrix = { ...parameters['kernel']!, shape: [CHANNELS, CHANNELS] } as Parameters[string];
        const graph = graphOf([[2, 3, CHANNELS]], nodes, { ...parameters, matrix });
        const ends = [nodes.at(-1)!, ...others.map((index) => nodes[index % nodes.length]!)];
        await expectSame({ ...graph, outputs: [...new Set(ends.map(({ name }) => name))] }, undefined, [1]);
      },
    ),
    { numRuns: 100, seed: 11 },
  ));

it('an addition goes with the later of its sides, and what another reads is made all the same', async () => {
  const graph = graphOf(
    [[1, 2, CHANNELS]],
    [
      { name: 'a', ...conv, inputs: ['x0'], kernel: 'kernel' },
      { name: 'b', ...conv, inputs: ['x0'], kernel: 'kernel' },
      { name: 'sum', op: 'add', inputs: ['a', 'b'] },
      { name: 'norm', op: 'affine', inputs: ['sum'], scale: 'scale' },
      {
        name: 'codes',
        op: 'quantize',
        inputs: ['norm'],
        thresholds: 'even',
        levels: { integers: upTo(16), scale: 1 },
      },
      { name: 'next', op: 'add', inputs: ['sum', 'x0'] },
    ],
    parameters,
  );
  const fused = fuse({ ...graph, outputs: ['codes', 'next'] }, inferValues(graph));
  expect(
    fused.map(({ node, after, reads, makes }) => [[node, ...after].map(({ name }) => name), reads, makes]),
  ).toEqual([
    [['a'], ['x0'], ['a']],
    [
      ['b', 'sum', 'norm', 'codes'],
      ['x0', 'a'],
      ['sum', 'codes'],
    ],
    [['next'], ['sum', 'x0'], ['next']],
  ]);
});
