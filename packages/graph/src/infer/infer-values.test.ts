import { LowbitError } from '@lowbit/plugin-api';
import { describe, expect, it } from 'vitest';
import type { Graph, GraphNode, Levels, Parameter } from '../graph.js';
import { everyOp, shiftNet } from '../testing/graphs.js';
import { inferValues } from './infer-values.js';
import { RULES } from './rules.js';

describe('inferValues', () => {
  it('finds the values of a net of codes', () => {
    const values = inferValues(shiftNet());
    const { levels } = shiftNet().nodes[1] as GraphNode & { op: 'quantize' };
    expect([...values].map(([name, { shape, type }]) => [name, ...shape, type])).toEqual([
      ['image', 8, 8, 3, 'float32'],
      ['stem', 8, 8, 16, 'float32'],
      ['block/act1', 8, 8, 16, levels],
      ['block/pw1', 8, 8, 16, 'float32'],
      ['block/act2', 8, 8, 16, levels],
      ['block/shift', 8, 8, 16, levels],
      ['block/pw2', 8, 8, 16, 'float32'],
      ['block/add', 8, 8, 16, 'float32'],
      ['norm', 8, 8, 16, 'float32'],
      ['act', 8, 8, 16, levels],
      ['pool', 16, 'float32'],
      ['logits', 10, 'float32'],
    ]);
  });

  it('knows every op', () => {
    const values = inferValues(everyOp());
    const shapes = Object.fromEntries([...values].map(([name, { shape }]) => [name, shape]));
    expect(shapes).toMatchObject({
      shifted: [3, 6, 4],
      padded: [6, 6, 4],
      both: [6, 6, 8],
      max: [3, 3, 8],
      mean: [3, 3, 8],
      up: [6, 6, 4],
      depthwise: [6, 6, 4],
      top: [4],
      columns: [4, 36],
      part: [4, 5],
      means: [4],
      vectors: [5, 4],
      scores: [5, 5],
      lstm: [5, 3],
      gru: [2],
    });
    expect(values.get('both')!.type).toEqual({ integers: [0, 1, 2, 3], scale: Math.fround(1 / 3) });
    const used = new Set([...everyOp().nodes, ...shiftNet().nodes].map(({ op }) => op));
    expect([...used].sort()).toEqual(Object.keys(RULES).sort());
  });

  it('counts windows over [width, channels] by a kernel of height 1', () => {
    const kernel: Parameter = { kind: 'float32', shape: [1, 3, 2, 5], data: new Float32Array(30) };
    const window = { strides: [1, 2], pads: [0, 1, 0, 0], dilations: [1, 1], groups: 1 } as const;
    const node: GraphNode = { name: 'y', op: 'conv2d', inputs: ['x'], kernel: 'k', ...window };
    const graph = { inputs: [{ name: 'x', shape: [8, 2] }], nodes: [node], outputs: ['y'], parameters: { k: kernel } };
    expect(inferValues(graph).get('y')).toEqual({ shape: [4, 5], type: 'float32' });
    expect(() => inferValues({ ...graph, nodes: [{ ...node, pads: [1, 0, 1, 0] }] })).toThrow(
      /must keep its height of 1, in node 'y' \(conv2d\), received 3/,
    );
  });

  it('lets codes out of order become what they stand for in a maximum', () => {
    const graph = shiftNet();
    const levels: Levels = { values: Array.from({ length: 16 }, (_, code) => -code) };
    const nodes = graph.nodes
      .slice(0, 2)
      .concat({ name: 'max', op: 'globalMaxPool', inputs: ['block/act1'] })
      .map((node) => (node.op === 'quantize' ? { ...node, levels } : node));
    expect(inferValues({ ...graph, nodes, outputs: ['max'] }).get('max')!.type).toBe('float32');
  });
});

type Change = Record<string, unknown>;
/** The graph with attributes of one of its nodes changed. */
const withNode = (graph: Graph, name: string, change: Change): Graph => {
  expect(graph.nodes.map((node) => node.name)).toContain(name);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (node.name === name ? { ...node, ...change } : node) as GraphNode),
  };
};
const shift = (name: string, change: Change) => withNode(shiftNet(), name, change);
const every = (name: string, change: Change) => withNode(everyOp(), name, change);
const parameter = (name: string, change: Change): Graph => {
  const graph = shiftNet();
  const changed = { ...graph.parameters[name], ...change } as Parameter;
  return { ...graph, parameters: { ...graph.parameters, [name]: changed } };
};
const whole = (change: Change) => ({ ...shiftNet(), ...change }) as Graph;
const named = (key: string, value: unknown) => Object.fromEntries([[key, value]]);
const thresholds = (...data: number[]) => parameter('act/thresholds', { shape: [15], data: Float32Array.from({ length: 15 }, (_, i) => data[i] ?? 9) }); // prettier-ignore
const without0 = withNode(every('q', { levels: { integers: [1, 2, 3, 4], scale: 1 } }), 'shifted', {
  inputs: ['image'],
});
const nanOffsets = () => {
  const graph = everyOp();
  const data = new Float32Array(16).fill(NaN, 3);
  return {
    ...graph,
    parameters: { ...graph.parameters, 'active/offsets': { kind: 'float32', shape: [2, 8], data } },
  } as Graph;
};
const wide = { kind: 'codes', bits: 8, levels: { integers: [0, 255] } } as const;

describe('a graph that is refused', () => {
  it.each<[string, Graph, RegExp]>([
    ['no graph', undefined as never, /^a graph must be an object/],
    ['no nodes', whole({ nodes: {} }), /^nodes must be a list, in the graph, received 'object'$/],
    ['a node that is none', whole({ nodes: [null] }), /must be objects/],
    ['no outputs', whole({ outputs: [] }), /^outputs must not be empty/],
    ['an unknown output', whole({ outputs: ['x'] }), /^no node makes it, in the outputs, received 'x'; name a node/],
    ['an output twice', whole({ outputs: ['act', 'act'] }), /an output is given twice/],
    [
      'an input of no size',
      whole({ inputs: [{ name: 'image', shape: [8, 0, 3] }] }),
      /in input 'image', received \[8,0,3\]/,
    ],
    ['an input too large', whole({ inputs: [{ name: 'image', shape: [2 ** 14, 2 ** 14, 3] }] }), /2\^28/],
    ['metadata that is no text', whole({ metadata: { a: 1 } }), /well-formed text, in 'a' of the metadata, received 1/],
    [
      'a name of every object',
      shift('stem', { name: 'constructor' }),
      /in the nodes, received 'constructor'; give it another/,
    ],
    ['a prototype', whole({ parameters: named('__proto__', {}) }), /in the parameters, received '__proto__'/],
    ['a name twice', shift('norm', { name: 'stem' }), /^a name is given twice, in the nodes, received 'stem'/],
    [
      'a cycle',
      shift('stem', { inputs: ['logits'] }),
      /^it reads what no earlier node makes, in node 'stem' \(conv2d\), received 'logits'; order/,
    ],
    [
      'an unknown op',
      shift('norm', { op: 'batchNorm' }),
      /^unknown op, in node 'norm' \(batchNorm\), received 'batchNorm'; a newer version/,
    ],
    ['an op of the prototype', shift('norm', { op: 'toString' }), /^unknown op/],
    [
      'an unknown attribute',
      shift('norm', { gain: 1 }),
      /^unknown attribute, in node 'norm' \(affine\), received 'gain'; it has scale, bias/,
    ],
    [
      'no attribute',
      shift('stem', { strides: undefined }),
      /^strides must be \[rows, columns\], .* received 'nothing'/,
    ],
    [
      'a stride of 0',
      shift('stem', { strides: [0, 1] }),
      /^strides must be \[rows, columns\], whole numbers from 1 to 65535, in node 'stem'/,
    ],
    [
      'too few inputs',
      shift('block/add', { inputs: ['stem'] }),
      /^it must have 2 inputs, in node 'block\/add' \(add\), received \["stem"\]/,
    ],
    ['nothing to concatenate', every('both', { inputs: [] }), /it must have 1 or more inputs/],
    [
      'a missing parameter',
      shift('stem', { kernel: 'gone' }),
      /^the graph has no parameter for its kernel, in node 'stem' \(conv2d\), received 'gone'; add/,
    ],
    [
      'a parameter of the prototype',
      shift('stem', { kernel: 'toString' }),
      /^the graph has no parameter for its kernel/,
    ],
    [
      'a kernel of other channels',
      shift('stem', { kernel: 'block/pw1/kernel' }),
      /^its kernel, parameter 'block\/pw1\/kernel', must have shape \[height, width, channels \/ groups, filters\]: \[any, any, 3, any\], .* received \[1,1,16,16\]/,
    ],
    [
      'a window too large',
      shift('stem', { dilations: [9, 9] }),
      /^the window does not fit into its input, in node 'stem'/,
    ],
    [
      'groups that do not divide',
      shift('stem', { groups: 2 }),
      /^its 3 channels do not divide into groups, .* received 2/,
    ],
    ['a coded scale', shift('norm', { scale: 'block/pw1/kernel' }), /must be float32, in node 'norm'/],
    ['a bias of other channels', shift('norm', { bias: 'logits/bias' }), /must have shape \[16\], .* received \[10\]/],
    [
      'an affine of codes',
      shift('norm', { inputs: ['block/act1'] }),
      /^its inputs must be float32, .* 'block\/act1''; put a dequantize/,
    ],
    ['no codes to dequantize', every('real', { inputs: ['image'] }), /^its input must be codes/],
    [
      'thresholds that descend',
      thresholds(1, 0),
      /^its thresholds, parameter 'act\/thresholds', must ascend and not be NaN, .* received '0 at 1'/,
    ],
    ['a threshold of NaN', thresholds(NaN), /received 'NaN at 0'/],
    ['too few thresholds', every('grid', { thresholds: 'norm/beta' }), /must have shape \[3\], .* received \[4\]/],
    [
      'an integer beyond 255',
      every('grid', { levels: { integers: [-256, 0, 1, 128], scale: 1 } }),
      /^levels must be integers from -255 to 255, /,
    ],
    [
      'levels in two ways',
      every('grid', { levels: { integers: [0, 1], scale: 1, values: [1, 2] } }),
      /^levels must be \{ integers, scale \} or/,
    ],
    [
      'a scale below 0',
      every('q', { levels: { integers: [0, 1, 2, 3], scale: -1 } }),
      /given a scale, a float32 above 0/,
    ],
    ['a level that float32 lacks', every('grid', { levels: { values: [0, 0.1, 1, 2] } }), /finite float32 values/],
    ['257 levels', every('grid', { levels: { values: Array(257).fill(0) } }), /2 to 256/],
    [
      'a shift for too few channels',
      every('shifted', { offsets: [[0, 0]] }),
      /^it must have an offset for each of 4 channels, .* received 1/,
    ],
    [
      'a shift too far',
      every('shifted', { offsets: Array(4).fill([0, 40_000]) }),
      /whole numbers from -32767 to 32767/,
    ],
    [
      'a shift of codes without 0',
      every('q', { levels: { integers: [1, 2, 3, 4], scale: 1 } }),
      /^one of the codes of its input must stand for 0, in node 'shifted'/,
    ],
    [
      'a pad of codes without 0',
      withNode(without0, 'padded', { inputs: ['q'] }),
      /^one of the codes of its input must stand for 0, in node 'padded'/,
    ],
    [
      'offsets that are NaN',
      nanOffsets(),
      /^its offsets, parameter 'active\/offsets', must be from -32767 to 32767, .* received NaN/,
    ],
    [
      'a window of padding',
      every('max', { pads: [0, 3, 0, 0] }),
      /^its pads must be smaller than its window, .* received \[0,3,0,0\]/,
    ],
    [
      'another transposed size',
      every('up', { outputShape: [8, 6] }),
      /^a convolution makes \[4, 3\] of its outputShape, not its input, .* received \[3,3\]/,
    ],
    [
      'shapes that do not fit',
      every('minus', { inputs: ['up', 'mean'] }),
      /^the shapes of its inputs do not fit each other/,
    ],
    ['an empty range', every('clipped', { min: 1 }), /^its min must not be above its max/],
    ['a range without end', every('clipped', { max: Infinity }), /^max must be a finite number/],
    ['an unknown function', every('gelu', { function: 'swish' }), /^function must be one of relu, /],
    ['an axis that is not there', every('both', { axis: 3 }), /^its axis must be below 3/],
    [
      'codes beside floats',
      every('both', { inputs: ['q', 'image'] }),
      /must be all float32 or codes of the same levels, .* received 'float32'/,
    ],
    ['another number of values', every('rows', { shape: [36, 5] }), /^its shape must hold the 144 values/],
    ['an axis twice', every('columns', { permutation: [0, 0] }), /must name each axis of 2 once/],
    ['a slice beyond the end', every('part', { begin: [0, 32] }), /must lie within \[4, 36\]/],
    [
      'a scale of a float table',
      withNode(every('vectors', { table: 'gru/recurrent' }), 'norm', { inputs: ['vectors'] }),
      /^a scale belongs to a table of codes/,
    ],
    ['products that do not fit', every('scores', { transposeB: true }), /\(transposeB true\)/],
    ['a recurrence over an image', every('lstm', { inputs: ['image'] }), /^its input must be \[steps, features\]/],
    [
      'gates of another cell',
      every('lstm', { cell: 'gru' }),
      /must have shape \[units, gates · units\]: \[3, 9\], .* received \[3,12\]/,
    ],
    [
      'data of another length',
      parameter('logits/bias', { data: new Float32Array(9) }),
      /^its data must be the 10 values of its shape, in parameter 'logits\/bias', received 9/,
    ],
    ['data of another type', parameter('logits/bias', { data: [1] }), /^its data must be a Float32Array/],
    [
      'codes without a level',
      parameter('block/pw2/kernel', { data: new Uint8Array(256).fill(3, 7) }),
      /^its codes must be below its 3 levels, in parameter 'block\/pw2\/kernel', received '3 at 7'/,
    ],
    [
      'too few bits',
      parameter('block/pw2/kernel', { bits: 1 }),
      /^it must have 1 to 2 levels for its 1 bits, .* received 3/,
    ],
    ['9 bits', parameter('block/pw2/kernel', { bits: 9 }), /^its bits must be a whole number from 1 to 8/],
    [
      'a grid that does not divide',
      parameter('block/pw2/kernel', { levels: { values: new Float32Array(6), grid: [1, 1, 1, 3] } }),
      /^the grid of its levels must divide its shape \[1, 1, 16, 16\], .* received \[1,1,1,3\]/,
    ],
    [
      'a kind of parameter that there is not',
      parameter('logits/bias', { kind: 'int8' }),
      /^a parameter's kind must be/,
    ],
  ])('%s', (_name, graph, message) => {
    const attempt = () => inferValues(graph);
    expect(attempt).toThrow(LowbitError);
    expect(attempt).toThrow(message);
  });

  it('sums that leave 32 bits', () => {
    const { levels } = everyOp().nodes[8] as GraphNode & { op: 'quantize' };
    expect('values' in levels).toBe(true);
    const size = 33_100;
    const kernel: Parameter = { ...wide, shape: [size, 1], data: new Uint8Array(size) };
    const integers: Levels = { integers: [0, 255], scale: 1 };
    const one: Parameter = { kind: 'float32', shape: [1], data: Float32Array.of(1) };
    const graph: Graph = {
      inputs: [{ name: 'x', shape: [size] }],
      nodes: [
        { name: 'q', op: 'quantize', inputs: ['x'], thresholds: 'one', levels: integers },
        { name: 'y', op: 'dense', inputs: ['q'], kernel: 'kernel' },
      ],
      outputs: ['y'],
      parameters: { one, kernel },
    };
    expect(() => inferValues(graph)).toThrow(
      /^sums of 33100 products may leave 32 bits, in node 'y' \(dense\), received 2152327500; use/,
    );
  });
});
