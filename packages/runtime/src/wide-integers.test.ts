import { interpret, type Graph, type GraphNode } from '@lowbit/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Model } from './model.js';
import { askedSimd, codedKernel, floatParameter, randomFloats, randomIntegers, upTo } from './testing.js';
import { engine } from './wasm/kernels.js';

/** The levels of DoReFa's 8-bit weights: integers of 9 bits. */
const ODD = upTo(256).map((code) => 2 * code - 255);
/** Codes of 8 bits with a zero point in between. */
const AROUND = upTo(256).map((code) => code - 100);

interface Sizes {
  readonly size: number;
  readonly depth: number;
  readonly filters: number;
}

const point = { strides: [1, 1], pads: [0, 0, 0, 0] } as const;
const reads = { name: 'y', inputs: ['codes'], kernel: 'k', scale: 's', bias: 'b' };
/** A node that multiplies, and the shape of its kernel. */
const PRODUCTS: Record<string, (sizes: Sizes) => [node: GraphNode, shape: number[]]> = {
  conv2d: ({ size, depth, filters }) => [
    { ...reads, op: 'conv2d', ...point, dilations: [1, 1], groups: 1 },
    [size, size, depth, filters],
  ],
  depthwise: ({ size, depth }) => [
    { ...reads, op: 'conv2d', ...point, dilations: [1, 1], groups: depth },
    [size, size, 1, depth],
  ],
  convTranspose2d: ({ size, depth, filters }) => [
    { ...reads, op: 'convTranspose2d', ...point, outputShape: [3 + size, 4 + size] },
    [size, size, filters, depth],
  ],
  dense: ({ depth, filters }) => [{ ...reads, op: 'dense' }, [depth, filters]],
};

describe('weights and codes beyond 8 bits', () => {
  it.each(Object.entries(PRODUCTS))('%s', (name, product) =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(AROUND, ODD, upTo(256), [-255, 0, 3, 255]),
        fc.constantFrom(ODD, AROUND, [-255, 255]),
        fc.record({
          size: fc.integer({ min: 1, max: 3 }),
          depth: fc.integer({ min: 1, max: 70 }),
          filters: fc.integer({ min: 1, max: 40 }),
        }),
        fc.integer(),
        async (integers, weights, sizes, seed) => {
          const [node, shape] = product(sizes);
          const outputs = name === 'depthwise' ? sizes.depth : sizes.filters;
          const draw = randomIntegers(seed);
          const levels = { integers, scale: 1 };
          const steps = Float32Array.from({ length: integers.length - 1 }, () => draw(-200, 200) / 100).sort();
          const graph: Graph = {
            inputs: [{ name: 'x', shape: [4, 5, sizes.depth] }],
            nodes: [
              { name: 'codes', op: 'quantize', inputs: ['x'], thresholds: 't', levels },
              node,
              { name: 'z', op: 'quantize', inputs: ['y'], thresholds: 't', levels },
            ],
            outputs: seed % 2 === 0 ? ['z'] : ['y', 'z'],
            parameters: {
              t: floatParameter([steps.length], steps),
              k: codedKernel(shape, weights, seed),
              s: floatParameter(
                [outputs],
                randomFloats(outputs, seed).map((scale) => scale / sizes.depth / 1e4),
              ),
              b: floatParameter([outputs], randomFloats(outputs, seed + 1)),
            },
          };
          const model = new Model(graph, await engine(askedSimd));
          const x = randomFloats(20 * sizes.depth, seed);
          const [results, wanted] = [await model.run({ x }), interpret(graph, { x })];
          for (const output of graph.outputs) expect(results[output]).toEqual(wanted[output]!.data);
        },
      ),
      { numRuns: 20, seed: 4 },
    ),
  );
});
