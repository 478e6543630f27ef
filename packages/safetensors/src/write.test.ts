import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesPerElement, DTYPES, elements, type SafeTensor } from './dtypes.js';
import { SafetensorsError } from './error.js';
import { readSafetensors } from './read.js';
import { writeSafetensors } from './write.js';

const tensor: fc.Arbitrary<SafeTensor> = fc
  .record({ dtype: fc.constantFrom(...DTYPES), shape: fc.array(fc.nat(4), { maxLength: 4 }) })
  .chain(({ dtype, shape }) => {
    const length = shape.reduce((product, size) => product * size, 1) * bytesPerElement(dtype);
    const bytes = fc.uint8Array({ minLength: length, maxLength: length });
    return bytes.map((raw) => ({ dtype, shape, data: elements(dtype, raw) }) as SafeTensor);
  });
const text = fc.string({ unit: 'binary' }).filter((name) => name !== '__proto__' && name !== '__metadata__');
const record = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(text, value), { maxLength: 8 }).map((pairs) => Object.fromEntries(pairs) as Record<string, T>);

const bits = (tensors: Readonly<Record<string, SafeTensor>>) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, bytes: [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] },
    ]),
  );

describe('writeSafetensors', () => {
  it('is read back, bit for bit', () => {
    fc.assert(
      fc.property(record(tensor), record(text), (tensors, metadata) => {
        const file = readSafetensors(writeSafetensors(tensors, metadata));
        expect(bits(file.tensors)).toEqual(bits(tensors));
        expect({ ...file.metadata }).toEqual(metadata);
      }),
    );
  });

  it('does not depend on the order of the keys, and aligns every tensor', () => {
    fc.assert(
      fc.property(record(tensor), record(text), (tensors, metadata) => {
        const bytes = writeSafetensors(tensors, metadata);
        const turned = <T>(of: Record<string, T>) => Object.fromEntries(Object.entries(of).reverse());
        expect(writeSafetensors(turned(tensors), turned(metadata))).toEqual(bytes);
        for (const { data } of Object.values(readSafetensors(bytes).tensors)) expect(data.buffer).toBe(bytes.buffer);
      }),
    );
  });

  it('writes views, not what lies around them', () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(readSafetensors(writeSafetensors({ x: { dtype: 'F32', shape: [2], data } })).tensors['x']!.data).toEqual(
      Float32Array.of(2, 3),
    );
  });

  it('takes a Node buffer as bytes', () => {
    const bytes = writeSafetensors({ x: { dtype: 'U8', shape: [2], data: Buffer.from([1, 2]) } });
    expect(readSafetensors(bytes).tensors['x']!.data).toEqual(Uint8Array.of(1, 2));
  });

  const x = (fields: object) => ({
    x: { dtype: 'F32', shape: [2], data: new Float32Array(2), ...fields } as SafeTensor,
  });
  it.each([
    ['an unknown dtype', x({ dtype: 'F8' }), {}, /dtype must be one of BOOL, .*, in tensor "x", received F8/],
    [
      'data of another type',
      x({ data: new Float64Array(2) }),
      {},
      /data is not the typed array of F32, in tensor "x", received Float64Array/,
    ],
    ['data that is a plain array', x({ data: [1, 2] }), {}, /received Array/],
    [
      'data of another length',
      x({ shape: [3] }),
      {},
      /shape \[3\] does not hold the data, in tensor "x", received 2 elements/,
    ],
    ['a shape that is none', x({ shape: [-1, -2] }), {}, /does not hold the data/],
    ['the name __metadata__', { __metadata__: x({}).x }, {}, /kept for the metadata/],
    ['the name __proto__', Object.fromEntries([['__proto__', x({}).x]]), {}, /'__proto__' is not allowed/],
    ['half a surrogate pair', { '\ud800': x({}).x }, {}, /not well-formed Unicode/],
    ['half a surrogate pair in the metadata', {}, { a: '\ud800' }, /not well-formed Unicode/],
    ['metadata that is no text', {}, { a: 1 as never }, /metadata 'a' must be text, received number/],
  ])('refuses %s', (_name, tensors, metadata, message) => {
    expect(() => writeSafetensors(tensors, metadata)).toThrow(SafetensorsError);
    expect(() => writeSafetensors(tensors, metadata)).toThrow(message);
  });
});
