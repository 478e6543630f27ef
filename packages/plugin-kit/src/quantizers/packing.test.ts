import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pack, unpack } from './packing.js';

it('packs the lowest bit first, without gaps', () => {
  expect([...pack([1, 2, 3, 0, 1], 2)]).toEqual([0b00111001, 0b01]);
  expect([...pack([5, 2, 7], 3)]).toEqual([0b11010101, 0b1]);
});

it('unpacks what it packed, in as few bytes as there can be', () => {
  const codes = fc.integer({ min: 1, max: 8 }).chain((bits) => {
    return fc.record({ bits: fc.constant(bits), codes: fc.array(fc.integer({ min: 0, max: 2 ** bits - 1 })) });
  });
  fc.assert(
    fc.property(codes, ({ bits, codes }) => {
      const bytes = pack(codes, bits);
      expect(bytes.length).toBe(Math.ceil((codes.length * bits) / 8));
      expect([...unpack(bytes, bits, codes.length)]).toEqual(codes);
    }),
  );
});
