import { LowbitError } from '@lowbit/plugin-api';
import { readSafetensors, writeSafetensors, type SafeTensor } from '@lowbit/safetensors';
import { describe, expect, it } from 'vitest';
import { modelBytes } from '../describe.js';
import type { CodedParameter, Graph } from '../graph.js';
import { codes, everyOp, floats, randomFrom, shiftNet } from '../testing/graphs.js';
import { lSspq50 } from '../testing/l-sspq50.js';
import { sealChecksum } from './checksum.js';
import { crc32 } from './crc32.js';
import { packedCodes } from './packed-codes.js';
import { readModel } from './read-model.js';
import { writeModel } from './write-model.js';

const EVERY = { packings: ['ternary', 'huffman'] } as const;
const reversed = <T extends object>(record: T) => Object.fromEntries(Object.entries(record).reverse()) as T;
const coded = (graph: Graph, name: string) => graph.parameters[name] as CodedParameter;

describe('a packed file', () => {
  it.each([
    ['a net of codes', shiftNet()],
    ['every op', everyOp()],
  ])('is read as what was written: %s', (_name, graph) => {
    for (const options of [{}, EVERY]) {
      const bytes = writeModel(graph, options);
      const read = readModel(bytes);
      expect(read).toEqual(graph);
      expect(writeModel(read, options)).toEqual(bytes);
      expect(readModel(bytes, { keepCodes: false })).toEqual(graph);
    }
  });

  it('does not depend on the order of keys', () => {
    for (const graph of [shiftNet(), everyOp()]) {
      const turned = { ...reversed(graph), parameters: reversed(graph.parameters), nodes: graph.nodes.map(reversed) };
      expect(writeModel(turned)).toEqual(writeModel(graph));
    }
  });

  it('is a safetensors file that says what it is', () => {
    const graph = shiftNet();
    const bytes = writeModel(graph);
    const { tensors, metadata } = readSafetensors(bytes);
    expect(Object.keys(metadata).sort()).toEqual(
      ['checksum', 'format', 'graph', 'metadata.labels', 'metadata.trained by', 'version'], // prettier-ignore
    );
    expect(metadata).toMatchObject({ format: 'lowbit-model', version: '1', 'metadata.labels': '["0","1"]' });
    expect(Object.keys(tensors).sort()).toEqual([...Object.keys(graph.parameters), 'block/shift#offsets'].sort());
    expect(tensors['stem/kernel']).toMatchObject({ dtype: 'F32', shape: [3, 3, 3, 16] });
    expect(tensors['block/pw1/kernel']).toMatchObject({ dtype: 'U8', shape: [32] });
    expect(tensors['block/pw2/kernel']).toMatchObject({ dtype: 'U8', shape: [64] });
    expect(tensors['block/shift#offsets']).toMatchObject({ dtype: 'I8', shape: [16, 2] });
    expect(JSON.parse(metadata.graph!)).toMatchObject({
      inputs: [['image', [8, 8, 3]]],
      codes: { 'block/pw1/kernel': [[1, 1, 16, 16], 1, 0], 'block/pw2/kernel': [[1, 1, 16, 16], 2, 1] },
      integers: [[-1, 1], [-1, 0, 1], Array.from({ length: 16 }, (_, code) => code)],
    });
    const { nodes } = JSON.parse(metadata.graph!) as { nodes: unknown[] };
    expect(nodes.slice(0, 3)).toEqual([
      ['stem', 'conv2d', { pads: [1, 1, 1, 1], bias: true }],
      ['block/act1', 'quantize', { thresholds: 'act/thresholds', levels: [2, Math.fround(1 / 15)] }],
      ['block/pw1', 'conv2d', { scale: true, bias: true }],
    ]);
    expect(nodes[6]).toEqual(['block/add', 'add', {}, [1, 6]]);
  });

  it('has the CRC-32 of its bytes, the digits themselves as 0', () => {
    const bytes = writeModel(shiftNet());
    const text = new TextDecoder().decode(bytes.subarray(8, 45));
    expect(text.slice(0, 29)).toBe('{"__metadata__":{"checksum":"');
    expect(text.slice(29)).toBe(
      crc32(bytes.slice().fill(0x30, 37, 45))
        .toString(16)
        .padStart(8, '0'),
    );
  });

  it('holds equal parameters once', () => {
    const random = randomFrom(9);
    const kernel = codes(random, 3, { values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), grid: [1, 1] }, 8, 600, 10);
    const other = { ...kernel, levels: { values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 9), grid: [1, 1] } };
    const bias = floats(random, 10);
    const parameters = { 'a/kernel': kernel, 'b/kernel': structuredClone(kernel), 'c/kernel': other, 'a/bias': bias, 'c/bias': structuredClone(bias) }; // prettier-ignore
    const nodes = ['a', 'b', 'c'].map((name) => {
      const own = name === 'b' ? {} : { bias: `${name}/bias` };
      return { name, op: 'dense', inputs: ['x'], kernel: `${name}/kernel`, ...own } as const;
    });
    const graph: Graph = { inputs: [{ name: 'x', shape: [600] }], nodes, outputs: ['a', 'b', 'c'], parameters };
    const bytes = writeModel(graph);
    const { tensors } = readSafetensors(bytes);
    expect(Object.keys(tensors).sort()).toEqual(
      ['a/bias', 'a/kernel', 'a/kernel#levels', 'c/kernel', 'c/kernel#levels'], // prettier-ignore
    );
    const read = readModel(bytes);
    expect(read).toEqual(graph);
    expect(read.parameters['b/kernel']).toBe(read.parameters['a/kernel']);
  });

  it('takes codes smaller than their bits where it may and where that is smaller', () => {
    const random = randomFrom(4);
    const ternary = codes(random, 2, { integers: [-1, 0, 1] }, 3, 500, 4);
    const rare = { ...ternary, data: ternary.data.map((code, i) => (i % 9 === 0 ? code : 1)) };
    const even = codes(random, 4, { integers: Array.from({ length: 16 }, (_, i) => i) }, 16, 500, 4);
    const graph: Graph = {
      inputs: [{ name: 'x', shape: [500] }],
      nodes: ['ternary', 'rare', 'even'].map((name) => ({ name, op: 'dense', inputs: ['x'], kernel: name })),
      outputs: ['ternary', 'rare', 'even'],
      parameters: { ternary, rare, even },
    };
    const sizes = (bytes: Uint8Array) =>
      Object.fromEntries(Object.entries(readSafetensors(bytes).tensors).map(([name, { shape }]) => [name, shape[0]]));
    expect(sizes(writeModel(graph))).toEqual({ ternary: 500, rare: 500, even: 1000 });
    expect(sizes(writeModel(graph, { packings: ['ternary'] }))).toEqual({ ternary: 400, rare: 400, even: 1000 });
    const small = sizes(writeModel(graph, EVERY));
    expect(small).toMatchObject({ ternary: 400, even: 1000 });
    expect(small.rare).toBeLessThan(330);
    expect(readModel(writeModel(graph, EVERY))).toEqual(graph);
  });

  it('unpacks codes anew where they are not kept', () => {
    const bytes = writeModel(shiftNet());
    const anew = coded(readModel(bytes, { keepCodes: false }), 'block/pw1/kernel');
    expect(anew.data).toEqual(anew.data);
    expect(anew.data).not.toBe(anew.data);
    const bits = packedCodes(anew)!;
    expect([...anew.data].every((code, i) => ((bits[i >> 3]! >> (i & 7)) & 1) === code)).toBe(true);
    const kept = coded(readModel(bytes), 'block/pw1/kernel');
    expect(kept.data).toBe(kept.data);
    expect(packedCodes(kept)).toBeUndefined();
  });

  it('of L-SSPQ50 takes no more than 1.01 of its bits', () => {
    const graph = lSspq50();
    const bytes = writeModel(graph);
    // the paper's count: 3652.66 KiB, besides the thresholds and the scales of four shortcuts
    expect(modelBytes(graph)).toBe(3_740_320 + 15 * 4 + 4 * 4);
    expect(bytes.length / modelBytes(graph)).toBeLessThan(1.0075);
    expect(Buffer.compare(writeModel(readModel(bytes)), bytes)).toBe(0);
  });
});

/** A model whose tensors and metadata are changed, with the checksum made right again. */
function changed(
  change: (tensors: Record<string, SafeTensor>, metadata: Record<string, string>) => void,
  graph = shiftNet(),
) {
  const { tensors, metadata } = readSafetensors(writeModel(graph));
  change(tensors, metadata);
  const bytes = writeSafetensors(tensors, metadata);
  sealChecksum(bytes);
  return bytes;
}
const withGraph = (change: (text: string) => string, graph?: Graph) =>
  changed((_tensors, metadata) => {
    const text = change(metadata.graph!);
    expect(text).not.toBe(metadata.graph);
    metadata.graph = text;
  }, graph);
const replaced = (from: string, to: string, graph?: Graph) => withGraph((text) => text.replace(from, to), graph);
const whole = writeModel(shiftNet());

describe('a file that is refused', () => {
  it.each<[string, Uint8Array, RegExp]>([
    [
      'no bytes',
      new Uint8Array(),
      /^the file is too short for a header, received 0 bytes, in the model file; it is damaged or no model; fetch/,
    ],
    ['a file cut short', whole.subarray(0, whole.length - 1), /the file is cut short, in the model file/],
    [
      'a header that never ends',
      whole.with(7, 1),
      /^the header is too long, received 72057594037929\d+ bytes, at most 16777216 are read/,
    ],
    [
      'other tensors',
      writeSafetensors({}, { format: 'pt' }),
      /^its format must be 'lowbit-model', in the model file, received 'pt'; export/,
    ],
    [
      'a flipped bit',
      whole.with(whole.length - 1, whole.at(-1)! ^ 1),
      /^its checksum must be [0-9a-f]{8}, in the model file, received '[0-9a-f]{8}'; it is damaged/,
    ],
    [
      'another order of the metadata',
      writeSafetensors({}, { ...readSafetensors(whole).metadata, a: '' }),
      /^its checksum is not at its place/,
    ],
    [
      'a newer version',
      changed((_, metadata) => (metadata.version = '2')),
      /^the model file has a newer version than 1, .* received 2; update/,
    ],
    ['no version', changed((_, metadata) => delete metadata.version), /^its version must be a whole number/],
    [
      'no graph',
      changed((_, metadata) => delete metadata.graph),
      /^the graph is not valid JSON: .*, in the model file/,
    ],
    [
      'a list for a graph',
      changed((_, metadata) => (metadata.graph = '[]')),
      /^it must be an object, in the graph of the model file, received \[\]/,
    ],
    [
      'deep JSON',
      changed((_, metadata) => (metadata.graph = '['.repeat(100_000))),
      /^it nests too deeply, in the graph of the model file, received 'character 8'/,
    ],
    [
      'an unknown part',
      replaced('{"inputs"', '{"x":1,"inputs"'),
      /^unknown key, in the graph of the model file, received 'x'/,
    ],
    [
      'an op of tomorrow',
      replaced('"affine"', '"fused"'),
      /^unknown op, in node 'norm' of the model file, received 'fused'; a newer version/,
    ],
    [
      'an unknown attribute',
      replaced('"pads"', '"pad"'),
      /^unknown attribute, in node 'stem' \(conv2d\) of the model file, received 'pad'/,
    ],
    [
      'a prototype',
      replaced('["norm"', '["__proto__"'),
      /^a name is taken by JavaScript or the file, in the nodes of the model file/,
    ],
    [
      'an input that comes later',
      replaced('[1,6]', '[1,-1]'),
      /^an input must be one of the values before it, in node 'block\/add' of the model file, received -1/,
    ],
    ['an input of none', replaced('[1,6]', '[1,8]'), /^an input must be one of the values before it/],
    ['another shape', replaced('[8,8,3]', '[8,8,4]'), /^its kernel, parameter 'stem\/kernel', must have shape/],
    ['a huge number', replaced('[8,8,3]', '[8,1e300,3]'), /^a shape must be sizes from 1/],
    ['a huge kernel', replaced('[1,1,16,16],1,0]', '[1,1,16,1048576],1,0]'), /must have shape \[1048576\] or \[1\]/],
    [
      'codes of another number',
      replaced('[1,1,16,16],2,1]', '[1,1,16,16],3,1]'),
      /^its codes must take 96 bytes, in parameter 'block\/pw2\/kernel' of the model file, received 64/,
    ],
    ['bits of none', replaced('[1,1,16,16],2,1]', '[1,1,16,16],0,1]'), /its bits must be a whole number from 1 to 8/],
    ['levels of none', replaced('[1,1,16,16],2,1]', '[1,1,16,16],2,9]'), /^its levels must be/],
    [
      'levels of every list',
      replaced('"levels":[2,', '"levels":["map",'),
      /^levels must be given as 2 to 256 whole numbers, in node 'block\/act1'/,
    ],
    [
      'a packing of tomorrow',
      replaced('[1,1,16,16],2,1]', '[1,1,16,16],2,1,"zip"]'),
      /^unknown packing, in parameter 'block\/pw2\/kernel' of the model file, received 'zip'/,
    ],
    [
      'a parameter that is gone',
      changed((tensors) => delete tensors['norm/bias']),
      /^the graph has no parameter for its bias, in node 'norm'/,
    ],
    [
      'codes that are gone',
      changed((tensors) => delete tensors['block/pw1/kernel']),
      /^a tensor is missing, in the model file, received 'block\/pw1\/kernel'/,
    ],
    [
      'a tensor that nothing uses',
      changed((tensors) => (tensors.z = { dtype: 'I8', shape: [1], data: Int8Array.of(1) })),
      /^a tensor is used by nothing, in tensor 'z' of the model file/,
    ],
    [
      'codes of another type',
      changed((tensors) => (tensors['block/pw1/kernel'] = { dtype: 'I8', shape: [32], data: new Int8Array(32) })),
      /^codes must be U8/,
    ],
    [
      'codes without a level',
      changed((tensors) => tensors['block/pw2/kernel']!.data.fill(255 as never)),
      /^its codes must be below its 3 levels, in parameter 'block\/pw2\/kernel', received '3 at 0'/,
    ],
    [
      'offsets of another type',
      changed(
        (tensors) => (tensors['block/shift#offsets'] = { dtype: 'U8', shape: [16, 2], data: new Uint8Array(32) }),
      ),
      /^offsets must be I8 or I16 \[channels, 2\], in tensor 'block\/shift#offsets'/,
    ],
    [
      'levels beyond 256',
      changed(
        (tensors) => (tensors['grid#levels'] = { dtype: 'F32', shape: [300], data: new Float32Array(300) }),
        everyOp(),
      ),
      /^there may be 256 levels, in node 'grid' of the model file, received 300/,
    ],
    [
      'levels of another type',
      changed((tensors) => (tensors['grid#levels'] = { dtype: 'U8', shape: [4], data: new Uint8Array(4) }), everyOp()),
      /^levels must be F32, in tensor 'grid#levels'/,
    ],
    [
      'a share of nothing',
      replaced('"integers"', '"same":{"b":"gone"},"integers"'),
      /^a parameter is missing, in same of the model file, received 'gone'/,
    ],
    [
      'a share of itself',
      replaced('"integers"', '"same":{"norm/bias":"norm/bias"},"integers"'),
      /^a parameter is given twice/,
    ],
  ])('%s', (_name, bytes, message) => {
    const attempt = () => readModel(bytes);
    expect(attempt).toThrow(LowbitError);
    expect(attempt).toThrow(message);
    expect(() => readModel(bytes, { keepCodes: false })).toThrow(message);
  });

  it('is not read at all where it is no bytes', () => {
    expect(() => readModel('model.lowbit' as never)).toThrow(
      "a model file is given as a Uint8Array, received 'string'",
    );
  });

  it('is not written', () => {
    const graph = shiftNet();
    expect(() => writeModel({ ...graph, outputs: ['x'] })).toThrow('no node makes it');
    expect(() => writeModel(graph, { packings: ['zip' as never] })).toThrow('packings may be ternary, huffman');
    const taken = { ...graph.parameters, 'block/shift#offsets': floats(randomFrom(1), 1) };
    expect(() => writeModel({ ...graph, parameters: taken })).toThrow(/two tensors of a name.*'block\/shift#offsets'/);
  });
});
