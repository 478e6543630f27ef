import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, type Message } from './protobuf.js';

const INNER = { name: [1, 'string'], data: [9, 'bytes'] } as const satisfies Message;
const OUTER = {
  size: [1, 'int64'],
  ratio: [2, 'float'],
  exact: [3, 'double'],
  inner: [5, INNER],
  inners: [6, INNER, 'many'],
  sizes: [7, 'int64', 'many'],
  ratios: [20, 'float', 'many'],
  names: [21, 'string', 'many'],
} as const satisfies Message;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('protocol buffers', () => {
  // the bytes that Python's protobuf writes for such a message
  it('are written as the encoding says', () => {
    expect(hex(encode(OUTER, { size: 300, ratio: 1.5 }))).toBe('08ac02' + '150000c03f');
    expect(hex(encode(OUTER, { size: -1 }))).toBe('08ffffffffffffffffff01');
    expect(hex(encode(OUTER, { inner: { name: 'ab', data: Uint8Array.of(7) } }))).toBe('2a07' + '0a026162' + '4a0107');
    expect(hex(encode(OUTER, { sizes: [1, 300] }))).toBe('3a03' + '01' + 'ac02');
  });

  it('keep what is written', () => {
    const inner = fc.record({ name: fc.string({ unit: 'grapheme' }), data: fc.uint8Array() }, { requiredKeys: [] });
    const float = fc.float({ noNaN: true });
    const message = fc.record(
      {
        size: fc.maxSafeInteger(),
        ratio: float,
        exact: fc.double({ noNaN: true }),
        inner,
        inners: fc.array(inner, { minLength: 1 }),
        sizes: fc.array(fc.maxSafeInteger(), { minLength: 1 }),
        ratios: fc.array(float, { minLength: 1 }),
        names: fc.array(fc.string(), { minLength: 1 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(message, (content) => {
        expect(decode(OUTER, encode(OUTER, content))).toEqual(content);
      }),
    );
  });

  it('skip fields that are not known, and read numbers that are not packed', () => {
    const unpacked = Uint8Array.of(0x38, 1, 0x38, 2, 0x50, 9);
    expect(decode(OUTER, unpacked)).toEqual({ sizes: [1, 2] });
    expect(decode(INNER, encode(OUTER, { ratio: 1, inner: {}, sizes: [4], names: ['a'] }))).toEqual({});
  });

  it('end too early, also a message inside of one that goes on', () => {
    expect(() => decode(OUTER, encode(OUTER, { names: ['abc'] }).subarray(0, 4))).toThrow(RangeError);
    expect(() => decode(OUTER, Uint8Array.of(0x2a, 3, 0x0a, 9, 65, 0x08, 1))).toThrow(RangeError);
    expect(() => decode(OUTER, Uint8Array.of(0x3a, 1, 0x80, 0x08, 1))).toThrow();
  });

  it('refuse a field that holds something else', () => {
    expect(() => decode(OUTER, Uint8Array.of(0x0d, 1, 2, 3, 4))).toThrow("field 'size' (1) is of wire type 5");
    expect(() => decode(OUTER, Uint8Array.of(0x28, 1))).toThrow("field 'inner' (5) is of wire type 0");
  });
});
