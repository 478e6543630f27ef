import { LowbitError } from '@lowbit/plugin-api';
import { describe, expect, it, vi } from 'vitest';
import type { Graph, GraphNode, Value } from '../graph.js';
import { inferValues } from '../infer/infer-values.js';
import { sizeOf } from '../shapes.js';
import { everyOp, shiftNet } from '../testing/graphs.js';
import { codedWeights, weights } from '../testing/nodes.js';
import { interpret, interpretBatch, type InterpretInputs } from './interpret.js';

const bits = { integers: [0, 1, 2, 3], scale: 0.5 };

/** A float stem, codes of two bits, ternary weights. */
const graph: Graph = {
  inputs: [{ name: 'x', shape: [2] }],
  nodes: [
    { name: 'stem', op: 'affine', inputs: ['x'], scale: 'stem/scale' },
    { name: 'codes', op: 'quantize', inputs: ['stem'], thresholds: 'codes/thresholds', levels: bits },
    { name: 'y', op: 'dense', inputs: ['codes'], kernel: 'y/kernel', scale: 'y/scale', bias: 'y/bias' },
  ],
  outputs: ['y'],
  parameters: {
    'stem/scale': weights([1], [2]),
    'codes/thresholds': weights([3], [0.25, 0.75, 1.25]),
    'y/kernel': codedWeights([2, 2], [2, 0, 1, 2], { integers: [-1, 0, 1] }),
    'y/scale': weights([2], [0.5, -0.5]),
    'y/bias': weights([2], [1, 0]),
  },
};

const shape = [2];
const x = Float32Array.of(0.625, 0.2); // codes 3 and 1
const y = Float32Array.of(2.5, 1); // 3 · 0.5 + 1 and (−3 + 1) · −0.5

function codeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof LowbitError ? error.code : error;
  }
}

describe('interpret', () => {
  it('computes the outputs, of numbers alone or with their shape', () => {
    expect(interpret(graph, { x })).toEqual({ y: { shape, data: y } });
    expect(interpret(graph, { x: { shape, data: x } })).toEqual({ y: { shape, data: y } });
  });

  it('shows every value to an observer, codes as codes', () => {
    const observe = vi.fn();
    interpret(graph, { x }, { observe });
    expect(observe.mock.calls).toEqual([
      ['x', { shape, type: 'float32', data: x }],
      ['stem', { shape, type: 'float32', data: Float32Array.of(1.25, 0.4) }],
      ['codes', { shape, type: bits, data: Uint8Array.of(3, 1) }],
      ['y', { shape, type: 'float32', data: y }],
    ]);
  });

  it('gives outputs that are codes as what they stand for, and inputs that are outputs', () => {
    expect(interpret({ ...graph, outputs: ['codes', 'x'] }, { x })).toEqual({
      codes: { shape, data: Float32Array.of(1.5, 0.5) },
      x: { shape, data: x },
    });
  });

  it('NaN goes through floats and is code 0', () => {
    const result = interpret({ ...graph, outputs: ['stem', 'codes', 'y'] }, { x: Float32Array.of(NaN, 0.2) });
    expect([...result['stem']!.data]).toEqual([NaN, Math.fround(0.4)]);
    expect([...result['codes']!.data]).toEqual([0, 0.5]);
    expect([...result['y']!.data]).toEqual([1, -0.5]);
  });

  it.each<[string, unknown, string]>([
    [
      'a missing input',
      {},
      'an input is missing, in inputs.x, received []; give a Float32Array, or { shape, data } of',
    ],
    ['another name', { x, z: x }, 'the graph has no such input, in inputs.z; its inputs are x'],
    [
      'too few numbers',
      { x: Float32Array.of(1) },
      'an input of another shape than [2], in inputs.x, received 1 numbers',
    ],
    ['another shape', { x: { shape: [1, 2], data: x } }, "in inputs.x, received '2 numbers as [1, 2]'; reshape"],
    ['a shape that its numbers do not fill', { x: { shape, data: x.subarray(1) } }, "received '1 numbers as [2]'"],
    ['another type', { x: { shape, data: [1, 2] } }, 'an input that is no float32 array, in inputs.x'],
    ['a list', { x: [1, 2] }, 'an input that is no float32 array, in inputs.x, received [1,2]'],
    ['null', { x: null }, 'an input that is no float32 array'],
  ])('refuses %s', (_, inputs, message) => {
    const run = () => interpret(graph, inputs as InterpretInputs);
    expect(codeOf(run)).toBe('usage');
    expect(run).toThrow(message.replace('received 1 numbers', "received '1 numbers as [2]'"));
  });

  it('refuses what inferValues refuses', () => {
    const odd = { ...graph, nodes: [{ name: 'y', op: 'toString', inputs: ['x'] } as unknown as GraphNode] };
    expect(codeOf(() => interpret(odd, { x }))).toBe('unsupported');
    expect(codeOf(() => interpretBatch({ ...graph, outputs: ['w'] }, { x }))).toBe('data');
  });

  it.each([shiftNet(), everyOp()])('makes of each node the shape and type that inferValues finds', (net) => {
    const inputs = net.inputs.map(({ name, shape }) => [
      name,
      Float32Array.from({ length: sizeOf(shape) }, (_, k) => k % 5),
    ]);
    const seen: [string, Value][] = [];
    const results = interpret(net, Object.fromEntries(inputs), {
      observe(name, { shape, type, data }) {
        expect(data.length).toBe(sizeOf(shape));
        expect(data).toBeInstanceOf(type === 'float32' ? Float32Array : Uint8Array);
        seen.push([name, { shape, type }]);
      },
    });
    expect(seen).toEqual([...inferValues(net)]);
    expect(Object.keys(results)).toEqual(net.outputs);
  });
});

describe('interpretBatch', () => {
  const two = Float32Array.of(...x, 0, 0);
  const results = { y: { shape: [2, 2], data: Float32Array.of(...y, 1, 0) } };

  it('computes examples one by one', () => {
    expect(interpretBatch(graph, { x: two })).toEqual(results);
    expect(interpretBatch(graph, { x: { shape: [2, 2], data: two } })).toEqual(results);
    const observe = vi.fn();
    interpretBatch(graph, { x: two }, { observe });
    expect(observe.mock.calls.map(([name]) => name as string)).toEqual([
      'x',
      'stem',
      'codes',
      'y',
      'x',
      'stem',
      'codes',
      'y',
    ]);
  });

  it('refuses other shapes, no examples, and batches that differ', () => {
    expect(() => interpretBatch(graph, { x: { shape, data: x } })).toThrow(
      "an input of another shape than [examples, 2], in inputs.x, received '2 numbers as [2]'",
    );
    expect(() => interpretBatch(graph, { x: two.subarray(1) })).toThrow("received '3 numbers as [1.5, 2]'");
    expect(() => interpretBatch(graph, { x: { shape: [3, 2], data: two } })).toThrow("'4 numbers as [3, 2]'");
    expect(() => interpretBatch(graph, { x: new Float32Array(0) })).toThrow('the inputs hold no examples');
    const pair: Graph = {
      inputs: [
        { name: 'a', shape: [1] },
        { name: 'b', shape: [1] },
      ],
      nodes: [{ name: 'y', op: 'add', inputs: ['a', 'b'] }],
      outputs: ['y'],
      parameters: {},
    };
    const [one, both] = [Float32Array.of(1), Float32Array.of(1, 2)];
    expect(interpretBatch(pair, { a: both, b: both })).toEqual({ y: { shape: [2, 1], data: Float32Array.of(2, 4) } });
    expect(() => interpretBatch(pair, { a: both, b: one })).toThrow(
      'the inputs hold no examples, or not as many of each, in inputs, received {"a":2,"b":1}',
    );
  });
});
