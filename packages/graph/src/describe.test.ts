import { expect, it } from 'vitest';
import { describeModel, modelBytes } from './describe.js';
import { everyOp, shiftNet } from './testing/graphs.js';
import { lSspq50 } from './testing/l-sspq50.js';

it('says what each node makes and computes with', () => {
  const { inputs, outputs, nodes, totals } = describeModel(shiftNet());
  expect(inputs).toEqual([{ name: 'image', shape: [8, 8, 3] }]);
  expect(outputs).toEqual([{ name: 'logits', shape: [10] }]);
  expect(nodes.map(({ name, arithmetic, bits, bytes }) => [name, arithmetic, bits, bytes])).toEqual([
    ['stem', 'float', 32, 4 * (3 * 3 * 3 * 16 + 16)],
    ['block/act1', 'codes', 4, 15 * 4],
    ['block/pw1', 'integers', 32, 16 * 16 * (1 / 8) + 2 * 16 * 4],
    ['block/act2', 'codes', 4, 0],
    ['block/shift', 'codes', 4, 2 * 16],
    ['block/pw2', 'integers', 32, 16 * 16 * (2 / 8) + 4],
    ['block/add', 'float', 32, 0],
    ['norm', 'float', 32, 2 * 16 * 4],
    ['act', 'codes', 4, 0],
    ['pool', 'integers', 32, 0],
    ['logits', 'float', 32, 4 * (16 * 10 + 10)],
  ]);
  expect(nodes[2]!.parameters).toEqual(['block/pw1/kernel', 'block/pw1/scale', 'block/pw1/bias']);
  expect(totals.nodes).toEqual({ integers: 3, codes: 4, float: 4 });
  expect(totals.bytes).toBe(nodes.reduce((sum, { bytes }) => sum + bytes, 0));
});

it('says what each parameter takes, and who reads it', () => {
  const graph = shiftNet();
  const { parameters } = describeModel({
    ...graph,
    parameters: { ...graph.parameters, idle: graph.parameters['norm/bias']! },
  });
  const found = Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter]));
  expect(found['block/pw2/kernel']).toEqual({
    name: 'block/pw2/kernel',
    shape: [1, 1, 16, 16],
    bits: 2,
    levels: 3,
    bytes: 64,
    nodes: ['block/pw2'],
  });
  expect(found['act/thresholds']).toEqual({
    name: 'act/thresholds',
    shape: [15],
    bits: 32,
    bytes: 60,
    nodes: ['block/act1', 'block/act2', 'act'],
  });
  expect(found.idle!.nodes).toEqual([]);
});

it('counts code books, levels and offsets', () => {
  const { nodes } = describeModel(everyOp());
  const found = Object.fromEntries(nodes.map((node) => [node.name, node]));
  expect(found.depthwise).toMatchObject({ arithmetic: 'float', bytes: Math.ceil((36 * 3) / 8 + 8 * 4) });
  expect(found.grid).toMatchObject({ arithmetic: 'codes', bits: 2, bytes: 4 * 4 });
  expect(found.shifted).toMatchObject({ arithmetic: 'codes', bytes: 4 * 2 * 2 });
  expect(found.vectors).toMatchObject({ arithmetic: 'codes', shape: [5, 4] });
  expect(found.up!.arithmetic).toBe('float');
  expect(found.mean!.arithmetic).toBe('float');
});

it('of L-SSPQ50 is what the paper counts', () => {
  const { totals } = describeModel(lSspq50());
  // 11,668,520 parameters by the authors' code, besides thresholds and the scales of four shortcuts
  expect(totals.values).toBe(11_668_520 + 15 + 4);
  expect(((totals.bytes - 4 * (15 + 4)) / 1024).toFixed(2)).toBe('3652.66');
  expect(modelBytes(lSspq50())).toBe(totals.bytes);
});
