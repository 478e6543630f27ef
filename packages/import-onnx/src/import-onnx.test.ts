import { interpret, type FloatParameter } from '@lowbit/graph';
import { LowbitError } from '@lowbit/plugin-api';
import { encode, MODEL, type NodeProto } from '@lowbit/onnx-proto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { importOnnx, type ImportOptions } from './import-onnx.js';
import { floats, ints, modelOf, node, someNet } from './testing/build.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lowbit-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const relu = node('Relu', ['x'], ['y']);

async function failure(model: Uint8Array | string, options?: ImportOptions): Promise<LowbitError> {
  const error: unknown = await importOnnx(model, options).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(LowbitError);
  return error as LowbitError;
}

describe('layout', () => {
  it('images are height, width, channels; nothing is turned', async () => {
    const graph = await importOnnx(someNet());
    expect(graph.inputs).toEqual([{ name: 'x', shape: [3, 3, 2] }]);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['conv2d', 'unary', 'maxPool', 'reshape', 'dense', 'softmax']);
    expect(graph.nodes.at(-1)!.name).toBe('y');
    expect(graph.outputs).toEqual(['y']);
  });

  it('kernels are height, width, channels, filters', async () => {
    const data = Array.from({ length: 24 }, (_, i) => i);
    const model = modelOf({
      nodes: [node('Conv', ['x', 'k'], ['y'])],
      initializers: [floats('k', [3, 2, 2, 2], data)],
    });
    const { parameters } = await importOnnx(model);
    const [kernel] = Object.values(parameters) as FloatParameter[];
    expect(kernel!.shape).toEqual([2, 2, 2, 3]);
    // row 0, column 0: of both channels those of three filters
    expect([...kernel!.data.subarray(0, 6)]).toEqual([0, 8, 16, 4, 12, 20]);
  });

  it('what the model turns itself stays as it is', async () => {
    const nodes = [node('Transpose', ['x'], ['t'], { perm: [0, 3, 1, 2] }), node('Relu', ['t'], ['y'])];
    const graph = await importOnnx(modelOf({ nodes, shape: [1, 5, 4, 3] }));
    expect(graph.inputs[0]!.shape).toEqual([5, 4, 3]);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['unary']);
  });

  it('shapes that are open are given, for all inputs or by name', async () => {
    const model = modelOf({ nodes: [relu], shape: ['n', 3, 'height', 'width'] });
    for (const inputShapes of [[8, 6, 3], { x: [8, 6, 3] }]) {
      expect((await importOnnx(model, { inputShapes })).inputs[0]!.shape).toEqual([8, 6, 3]);
    }
    expect(await failure(model)).toMatchObject({
      code: 'config',
      message: expect.stringMatching(/input 'x'.*\[\?, \?, 3\]/) as string,
    });
    expect(await failure(model, { inputShapes: [8, 6, 4] })).toMatchObject({ code: 'config' });
  });

  it('computes nothing that no output needs', async () => {
    const graph = await importOnnx(modelOf({ nodes: [relu, node('Exp', ['x'], ['unused'])] }));
    expect(graph.nodes).toHaveLength(1);
  });
});

describe('what cannot be imported', () => {
  const cases: [string, NodeProto, RegExp][] = [
    [
      'an op',
      node('NonMaxSuppression', ['x'], ['y']),
      /the op NonMaxSuppression cannot be imported, in node '\/y' \(NonMaxSuppression\); export/,
    ],
    ['an op of another domain', { ...relu, domain: 'com.microsoft' }, /com\.microsoft\.Relu/],
    [
      'an attribute',
      node('Relu', ['x'], ['y'], { consumed: 1 }),
      /the attribute 'consumed'.*node '\/y' \(Relu\).*without it/,
    ],
    ['erf alone', node('Erf', ['x'], ['y']), /an Erf that is no part of a GELU.*Gelu of opset 20/],
    ['a power', node('Pow', ['x', 'half'], ['y']), /this power.*received \[0\.3/],
    [
      'a result that is not made',
      { ...node('MaxPool', ['x'], ['y', 'i'], { kernel_shape: [2, 2] }) },
      /the indices of a pooling/,
    ],
    ['a division', node('Div', ['half', 'x'], ['y']), /a division by what is computed/],
    ['an input of no one', node('Relu', ['z'], ['y']), /an input that no node before it makes.*received 'z'/],
    [
      'shapes that do not fit',
      node('Add', ['x', 'rows'], ['y']),
      /a constant that repeats a value|shapes that do not fit/,
    ],
    ['a padding', node('Pad', ['x', 'pads'], ['y'], { mode: 'reflect' }), /a padding by anything but 0/],
  ];
  it.each(cases)('%s', async (_name, given, message) => {
    const initializers = [
      floats('half', [], [0.3]),
      floats('rows', [5, 1], [1, 2, 3, 4, 5]),
      ints('pads', 0, 0, 1, 1, 0, 0, 1, 1),
    ];
    const { message: said } = await failure(modelOf({ nodes: [given], initializers }));
    expect(said).toMatch(message);
  });

  it.each([10, 22])('opset %i', async (opset) => {
    const error = await failure(modelOf({ nodes: [relu], opset }));
    expect(error).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(`opsets from 11 to 21.*received ${opset}`) as string,
    });
  });

  it('a graph inside of a node', async () => {
    const inner: NodeProto = {
      ...node('If', ['x'], ['y']),
      attribute: [{ name: 'then_branch', g: Uint8Array.of(), type: 5 }],
    };
    expect((await failure(modelOf({ nodes: [inner] }))).message).toMatch(/the op If cannot be imported/);
  });

  it('what is no ONNX file', async () => {
    expect(await failure(new TextEncoder().encode('{"format": "json"}'))).toMatchObject({ code: 'data' });
    expect((await failure(Uint8Array.of())).message).toMatch(/a model without nodes/);
    expect(await failure(path.join(folder, 'none.onnx'))).toMatchObject({ code: 'io' });
  });

  it('a constant that is larger than the file could ever need', async () => {
    const nodes = [node('ConstantOfShape', ['huge'], ['c']), node('Add', ['x', 'c'], ['y'])];
    const model = modelOf({ nodes, initializers: [ints('huge', 2 ** 20, 2 ** 20)] });
    expect((await failure(model)).message).toMatch(/constants too large to compute/);
  });

  it('a name that is no key', async () => {
    const graph = await importOnnx(
      modelOf({ nodes: [{ ...node('Relu', ['x'], ['__proto__']), name: '__proto__' }], outputs: ['__proto__'] }),
    );
    expect(graph.outputs).toEqual(['value']);
  });
});

describe('data in other files', () => {
  const data = Float32Array.from({ length: 4 }, (_, i) => i);
  const external = (location: string, offset = 0, length = 16) =>
    modelOf({
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      shape: [1, 2],
      initializers: [
        {
          ...{ name: 'w', dims: [2, 2], dataType: 1 },
          externalData: Object.entries({ location, offset, length }).map(([key, value]) => ({
            key,
            value: `${value}`,
          })),
        },
      ],
    });
  const file = (name: string, bytes: Uint8Array) => {
    writeFileSync(path.join(folder, name), bytes);
    return path.join(folder, name);
  };

  it('are read beside the model', async () => {
    file('w.bin', new Uint8Array([...new Uint8Array(8), ...new Uint8Array(data.buffer)]));
    const graph = await importOnnx(file('m.onnx', external('w.bin', 8)));
    const { data: y } = interpret(graph, { x: { shape: [2], data: Float32Array.of(1, 10) } })['y']!;
    expect([...y]).toEqual([20, 31]);
  });

  it.each([
    ['../w.bin', 0, 16, /cannot be read|outside of the model's folder/],
    ['/etc/hostname', 0, 16, /outside of the model's folder/],
    ['w.bin', 16, 16, /beyond the end/],
    ['w.bin', -1, 16, /beyond the end/],
    ['w.bin', 0, 2 ** 50, /beyond the end/],
    ['w.bin', 0, 12, /a shape of 4 values, and data of 3/],
    ['none.bin', 0, 16, /no such file/],
  ])('%s, from %i, %i bytes, is refused', async (location, offset, length, message) => {
    file('w.bin', new Uint8Array(24));
    expect((await failure(file('bad.onnx', external(location, offset, length)))).message).toMatch(message);
  });

  it('are refused where there is no place beside', async () => {
    expect((await failure(external('w.bin'))).message).toMatch(/initializer 'w'; give the model's path/);
  });
});

it('keeps what the file says of itself', async () => {
  const model = encode(MODEL, {
    graph: {
      node: [relu],
      input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{}, { dimValue: 4 }] } } } }],
      output: [{ name: 'y' }],
    },
    opsetImport: [{ version: 17 }],
    metadataProps: [{ key: 'author', value: 'someone' }],
  });
  expect((await importOnnx(model, { metadata: { labels: '[]' } })).metadata).toEqual({
    author: 'someone',
    labels: '[]',
  });
});
