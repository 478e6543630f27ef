import { interpret, type Graph, type Levels } from '@lowbit/graph';
import { expect, it } from 'vitest';
import { foldPads } from './fold-pads.js';

const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(3 * i + 1));
const PLAIN = { strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;

function graphOf(levels?: Levels, also: readonly string[] = []): Graph {
  return {
    inputs: [{ name: 'x', shape: [4, 4, 2] }],
    nodes: [
      { name: 'zeros', op: 'pad', inputs: ['x'], pads: [1, 0, 2, 1] },
      ...(levels ? [{ name: 'codes', op: 'quantize', inputs: ['zeros'], thresholds: 't', levels } as const] : []),
      { name: 'y', op: 'conv2d', inputs: [levels ? 'codes' : 'zeros'], kernel: 'k', ...PLAIN },
    ],
    outputs: ['y', ...also],
    parameters: {
      k: { kind: 'float32', shape: [3, 3, 2, 2], data: numbers(36) },
      ...(levels && { t: { kind: 'float32', shape: [2], data: Float32Array.of(-0.25, 0.25) } as const }),
    },
  };
}

const x = { x: { shape: [4, 4, 2], data: numbers(32) } };

it.each<[string, Levels | undefined]>([
  ['real numbers', undefined],
  ['codes of which one is 0', { integers: [-1, 0, 1], scale: 0.5 }],
])('zeros around %s become padding, bit for bit', (_name, levels) => {
  const graph = graphOf(levels);
  const folded = foldPads(graph);
  expect(folded.nodes.map(({ op }) => op)).toEqual(levels ? ['quantize', 'conv2d'] : ['conv2d']);
  expect(folded.nodes.at(-1)).toMatchObject({ pads: [1, 0, 2, 1] });
  expect(interpret(folded, x)).toEqual(interpret(graph, x));
});

it.each<[string, Graph]>([
  ['codes of 0 that stand for something else', graphOf({ values: [-1, 0.125, 1] })],
  ['a value that others read', graphOf(undefined, ['zeros'])],
])('%s stay as they are', (_name, graph) => {
  expect(foldPads(graph)).toBe(graph);
});
