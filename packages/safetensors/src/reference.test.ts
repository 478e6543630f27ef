import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from './read.js';
import { writeSafetensors } from './write.js';

/** What the official Python library wrote; `fixtures/make.py` says how. */
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));

describe('a file of the reference implementation', () => {
  it('is read: names, shapes, metadata', () => {
    const { tensors, metadata } = readSafetensors(fixture('model.safetensors'));
    expect({ ...metadata }).toEqual({ format: 'np' });
    expect(tensors['conv.kernel']).toEqual({
      dtype: 'F32',
      shape: [2, 3, 4],
      data: Float32Array.from({ length: 24 }, (_, i) => i / 8 - 1),
    });
    expect(tensors['conv.bias']).toEqual({
      dtype: 'F32',
      shape: [4],
      data: new Float32Array([0.5, -0.25, 1e-30, Infinity]),
    });
    expect(tensors['step']).toEqual({ dtype: 'I64', shape: [], data: new BigInt64Array([1234567890123456789n]) });
    expect(tensors['empty']).toEqual({ dtype: 'F32', shape: [3, 0, 2], data: new Float32Array(0) });
    expect(tensors['a "quoted" näme\n\u2028\u{1f600}']).toEqual({ dtype: 'U8', shape: [1], data: new Uint8Array([7]) });
  });

  it('is read: every dtype', () => {
    const { tensors, metadata } = readSafetensors(fixture('every-dtype.safetensors'));
    expect({ ...metadata }).toEqual({});
    const values = Object.fromEntries(Object.entries(tensors).map(([name, { dtype, data }]) => [name, [dtype, data]]));
    expect(values).toEqual({
      float64: ['F64', new Float64Array([Math.PI, -0])],
      float32: ['F32', new Float32Array([1.5, -2.25])],
      float16: ['F16', new Uint16Array([0x3800, 0x7bff])],
      bfloat16: ['BF16', new Uint16Array([0x3fc0, 0xc010])],
      int64: ['I64', new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n])],
      uint64: ['U64', new BigUint64Array([0n, 2n ** 64n - 1n])],
      int32: ['I32', new Int32Array([-(2 ** 31), 2 ** 31 - 1])],
      uint32: ['U32', new Uint32Array([0, 2 ** 32 - 1])],
      int16: ['I16', new Int16Array([-(2 ** 15), 2 ** 15 - 1])],
      uint16: ['U16', new Uint16Array([0, 2 ** 16 - 1])],
      int8: ['I8', new Int8Array([-128, 127])],
      uint8: ['U8', new Uint8Array([0, 255])],
      bool: ['BOOL', new Uint8Array([1, 0])],
    });
  });

  it.each(['model.safetensors', 'every-dtype.safetensors'])('is written byte for byte: %s', (name) => {
    const bytes = fixture(name);
    const { tensors, metadata } = readSafetensors(bytes);
    expect(writeSafetensors(tensors, metadata)).toEqual(bytes);
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    expect(writeSafetensors(reversed, metadata)).toEqual(bytes);
  });
});
