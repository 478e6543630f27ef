import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SafetensorsError } from './error.js';
import { readSafetensors } from './read.js';
import { writeSafetensors } from './write.js';

/** A file with this text as its header, padded to 8 bytes, and `dataBytes` zeros. */
function file(header: string | Uint8Array, dataBytes = 0): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const one = (fields: object) => JSON.stringify({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...fields } });
const at = (begin: number, end: number) => ({ dtype: 'U8', shape: [end - begin], data_offsets: [begin, end] });

describe('readSafetensors', () => {
  it('gives views where the address allows it, and copies where not', () => {
    const bytes = writeSafetensors({ x: { dtype: 'F32', shape: [2], data: new Float32Array([1, 2]) } });
    const aligned = readSafetensors(bytes).tensors['x']!;
    expect(aligned.data.buffer).toBe(bytes.buffer);
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    const copied = readSafetensors(moved.subarray(3)).tensors['x']!;
    expect(copied).toEqual(aligned);
    expect(copied.data.buffer).not.toBe(moved.buffer);
  });

  it('inherits no names', () => {
    const { tensors, metadata } = readSafetensors(
      file('{"constructor":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}', 1),
    );
    expect(Object.keys(tensors)).toEqual(['constructor']);
    expect(tensors['toString']).toBeUndefined();
    expect(metadata['toString']).toBeUndefined();
  });

  it('reads a file without tensors', () => {
    expect(Object.keys(readSafetensors(file('{}')).tensors)).toEqual([]);
  });

  it('reads names in any JSON spelling', () => {
    const { tensors } = readSafetensors(
      file('{ "a\\u003a\\"b" : {"dtype":"U8","shape":[ ],"data_offsets":[0,1]} } ', 1),
    );
    expect(Object.keys(tensors)).toEqual(['a:"b']);
  });

  it.each([
    ['no header', new Uint8Array(7), /too short for a header, received 7 bytes/],
    ['a length beyond the cap', new Uint8Array(8).fill(255), /too long, received 18446744073709551615 bytes/],
    ['a length beyond the file', file('{}').subarray(0, 9), /ends inside its header, received 9 bytes of 10/],
    ['an empty header', new Uint8Array(9), /does not start with '{'/],
    ['leading space', file(' {}'), /does not start with '{'/],
    ['another format', file('PK'), /does not start with '{'/],
    ['invalid UTF-8', file(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])), /not valid UTF-8/],
    ['invalid JSON', file('{"x":}'), /not valid JSON/],
    [
      'a name given twice',
      file('{"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0078" : 1}'),
      /given twice in the header, received "x"/,
    ],
    [
      'a key given twice',
      file('{"x":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      /given twice in the header, received "dtype"/,
    ],
    ['deep nesting', file(`{"x":${'['.repeat(1e5)}${']'.repeat(1e5)}}`), /nested too deeply/],
    [
      '__proto__',
      file('{"__proto__":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      /'__proto__' is not allowed, in the header/,
    ],
    [
      '__proto__ in the metadata',
      file('{"__metadata__":{"__proto__":"x"}}'),
      /'__proto__' is not allowed, in __metadata__/,
    ],
    [
      'half a surrogate pair',
      file('{"\\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      /not well-formed Unicode/,
    ],
    ['half a surrogate pair in the metadata', file('{"__metadata__":{"a":"\\udc00"}}'), /not well-formed Unicode/],
    ['a tensor that is no object', file('{"x":[1]}'), /must be an object, in tensor "x", received \[1\]/],
    ['metadata that is no object', file('{"__metadata__":[]}'), /the metadata is not an object/],
    ['metadata that is no text', file('{"__metadata__":{"a":1}}'), /metadata "a" is not text, received number/],
    ['an unknown key', file(one({ extra: 1 }), 8), /unknown key, in tensor "x", received "extra"/],
    ['an unknown dtype', file(one({ dtype: 'F7' }), 8), /dtype must be one of BOOL, .*, in tensor "x", received "F7"/],
    ['an inherited dtype', file(one({ dtype: 'toString' }), 8), /dtype must be one of/],
    ['a missing shape', file('{"x":{"dtype":"U8","data_offsets":[0,0]}}'), /shape must be a list .* received nothing/],
    ['a negative size', file(one({ shape: [-2, -1] }), 8), /shape must be a list of sizes/],
    ['a fractional size', file(one({ shape: [0.5, 4] }), 8), /shape must be a list of sizes/],
    ['a count that overflows', file(one({ shape: [2 ** 32, 2 ** 32] }), 8), /countable number of elements/],
    ['a count of bytes that overflows', file(one({ shape: [2 ** 53 - 1] }), 8), /does not take the 8 bytes/],
    ['offsets that are no pair', file(one({ data_offsets: [0, 8, 8] }), 8), /data_offsets must be \[begin, end\]/],
    ['offsets in the wrong order', file(one({ data_offsets: [8, 0] }), 8), /data_offsets must be \[begin, end\]/],
    ['offsets beyond the integers', file(one({ data_offsets: [0, 1e300] }), 8), /data_offsets must be \[begin, end\]/],
    [
      'a shape that does not fit',
      file(one({ shape: [3] }), 8),
      /shape \[3\] of F32 does not take the 8 bytes, in tensor "x", received \[0,8\]/,
    ],
    [
      'a gap at the start',
      file(JSON.stringify({ x: at(1, 2) }), 2),
      /leaves a gap before it, received offset 1, expected 0/,
    ],
    [
      'a gap',
      file(JSON.stringify({ x: at(2, 4), y: at(0, 1) }), 4),
      /tensor "x" leaves a gap before it, received offset 2, expected 1/,
    ],
    ['an overlap', file(JSON.stringify({ x: at(0, 3), y: at(2, 4) }), 4), /tensor "y" overlaps the tensor before it/],
    ['a tensor given twice the same bytes', file(JSON.stringify({ x: at(0, 3), y: at(0, 3) }), 3), /overlaps/],
    ['a file cut short', file(one({}), 7), /ends outside the file, received offset 8 of 7; the file is cut short/],
    ['trailing bytes', file(one({}), 11), /bytes follow the last tensor, received 3 of them/],
  ])('refuses %s', (_name, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(SafetensorsError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  it('reads headers up to the cap and none beyond', () => {
    const bytes = file(one({}), 8);
    const length = bytes.length - 16;
    expect(Object.keys(readSafetensors(bytes, { maxHeaderBytes: length }).tensors)).toEqual(['x']);
    expect(() => readSafetensors(bytes, { maxHeaderBytes: length - 1 })).toThrow(`at most ${length - 1} are read`);
  });
});

describe('a damaged file', () => {
  const good = writeSafetensors(
    {
      'conv/kernel': { dtype: 'F32', shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      step: { dtype: 'I64', shape: [], data: BigInt64Array.of(12n) },
      mask: { dtype: 'BOOL', shape: [5], data: Uint8Array.of(1, 0, 1, 1, 0) },
    },
    { epoch: '3' },
  );
  const position = fc.nat(good.length - 1);
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(...new TextEncoder().encode('{}[]":,0123456789 \\')));
  const damage = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(position, byte).map(
        ([i, value]) =>
          (bytes: number[]) =>
            void (bytes[i] = value),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(position, fc.nat(9)).map(
        ([i, n]) =>
          (bytes: number[]) =>
            void bytes.splice(i, n),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(position, byte).map(
        ([i, value]) =>
          (bytes: number[]) =>
            void bytes.splice(i, 0, value),
      ),
    },
    { weight: 1, arbitrary: position.map((i) => (bytes: number[]) => void bytes.splice(i)) },
    {
      weight: 1,
      arbitrary: fc.tuple(position, position).map(
        ([i, j]) =>
          (bytes: number[]) =>
            void bytes.push(...bytes.slice(i, j)),
      ),
    },
  );

  it('is refused, or is a sound file of its own', () => {
    let refused = 0;
    const check = (damages: ((bytes: number[]) => void)[]) => {
      const bytes = [...good];
      for (const each of damages) each(bytes);
      const damaged = Uint8Array.from(bytes);
      const file = attempt(damaged);
      if (!file) return void refused++;
      const stored = Object.values(file.tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
      const header = Number(new DataView(damaged.buffer).getBigUint64(0, true));
      expect(8 + header + stored).toBe(damaged.length);
      expect(readSafetensors(writeSafetensors(file.tensors, file.metadata))).toEqual(file);
    };
    fc.assert(fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), check), { seed: 4, numRuns: 1000 });
    expect(refused).toBeGreaterThan(500);
    expect(refused).toBeLessThan(1000);
  });

  function attempt(bytes: Uint8Array) {
    try {
      return readSafetensors(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(SafetensorsError);
      expect((error as Error).message).not.toContain('\n');
      return undefined;
    }
  }
});
