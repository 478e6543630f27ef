import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PACKINGS, type PackingName } from './packings.js';

const fail = (what: string): never => {
  throw new Error(what);
};
const unpack = (name: PackingName, bytes: Uint8Array, count: number, bits: number) =>
  PACKINGS[name].unpack(bytes, count, bits, fail);

/** Bits, and codes below 2^bits of which few are frequent. */
const codes = fc
  .record({
    bits: fc.integer({ min: 1, max: 8 }),
    count: fc.integer({ min: 1, max: 100 }),
    skew: fc.integer({ min: 1, max: 4 }),
  })
  .chain(({ bits, count, skew }) =>
    fc
      .array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: count, maxLength: count })
      .map((list) => ({ bits, codes: Uint8Array.from(list, (x) => Math.floor(2 ** bits * x ** skew)) })),
  );

describe('every packing', () => {
  it.each(['bits', 'huffman'] as const)('%s gives the codes again', (name) => {
    fc.assert(
      fc.property(codes, ({ bits, codes }) => {
        expect(unpack(name, PACKINGS[name].pack(codes, bits), codes.length, bits)).toEqual(codes);
      }),
      { numRuns: 200 },
    );
  });

  it('ternary gives the codes again', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2), { minLength: 1, maxLength: 100 }), (list) => {
        const bytes = PACKINGS.ternary.pack(Uint8Array.from(list), 2);
        expect(bytes.length).toBe(Math.ceil(list.length / 5));
        expect([...unpack('ternary', bytes, list.length, 2)]).toEqual(list);
      }),
    );
  });

  it('reads bytes only where they are what it writes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('bits' as const, 'ternary' as const),
        fc.uint8Array({ minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 60 }),
        (name, bytes, bits, count) => {
          let read: Uint8Array;
          try {
            read = unpack(name, bytes, count, bits);
          } catch {
            return;
          }
          expect(PACKINGS[name].pack(read, bits)).toEqual(bytes);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('bits', () => {
  it('puts the first code into the lowest bits', () => {
    expect([...PACKINGS.bits.pack(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1), 1)]).toEqual([0b1, 0b1]);
    expect([...PACKINGS.bits.pack(Uint8Array.of(1, 2, 3, 4, 5), 3)]).toEqual([0b11_010_001, 0b0_101_100_0]);
  });

  it('refuses another number of bytes, and bits behind the last code', () => {
    expect(() => unpack('bits', Uint8Array.of(0, 0), 8, 1)).toThrow('its codes must take 1 bytes');
    expect(() => unpack('bits', Uint8Array.of(0b1000_0000), 7, 1)).toThrow('what is left of its last byte must be 0');
  });
});

describe('ternary', () => {
  it('takes five codes as digits to the base 3', () => {
    expect([...PACKINGS.ternary.pack(Uint8Array.of(2, 2, 2, 2, 2, 1), 2)]).toEqual([242, 1]);
    expect(() => unpack('ternary', Uint8Array.of(243), 5, 2)).toThrow('digits of its codes and nothing else');
    expect(() => unpack('ternary', Uint8Array.of(3), 1, 2)).toThrow('digits of its codes and nothing else');
    expect(() => unpack('ternary', Uint8Array.of(0, 0), 5, 2)).toThrow('its codes must take 1 bytes');
  });
});

describe('huffman', () => {
  it('takes no more than the entropy and one bit for each symbol, besides the lengths of its words', () => {
    fc.assert(
      fc.property(codes, ({ bits, codes }) => {
        const each = Math.floor(8 / bits);
        const symbols = Math.ceil(codes.length / each);
        const counts = new Map<string, number>();
        for (let i = 0; i < codes.length; i += each) {
          const symbol = [...codes.slice(i, i + each), ...Array<number>(each).fill(0)].slice(0, each).join();
          counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
        }
        const entropy = [...counts.values()].reduce((sum, n) => sum - n * Math.log2(n / symbols), 0);
        const stream = PACKINGS.huffman.pack(codes, bits).length - 2 ** (bits * each) / 2;
        expect(stream).toBeGreaterThanOrEqual(Math.floor(entropy / 8));
        expect(stream).toBeLessThanOrEqual(Math.ceil((entropy + symbols) / 8));
      }),
    );
  });

  it('writes the words of the textbook', () => {
    // RFC 1951 §3.2.2: lengths 3, 3, 3, 3, 3, 2, 4, 4 of A … H make 010, 011, 100, 101, 110, 00, 1110, 1111
    const counts = [3, 3, 3, 3, 3, 6, 1, 2];
    const codes = Uint8Array.from(counts.flatMap((count, symbol) => Array<number>(count).fill(symbol)));
    const bytes = PACKINGS.huffman.pack(codes, 8);
    expect([...bytes.slice(0, 4)]).toEqual([0x33, 0x33, 0x23, 0x44]);
    const text = [...bytes.slice(128)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    expect(text.slice(0, 18)).toBe('010'.repeat(3) + '011'.repeat(3));
  });

  it('holds words to 15 bits', () => {
    const fibonacci = [1, 1];
    while (fibonacci.length < 22) fibonacci.push(fibonacci.at(-1)! + fibonacci.at(-2)!);
    const codes = Uint8Array.from(fibonacci.flatMap((count, symbol) => Array<number>(count).fill(symbol)));
    const bytes = PACKINGS.huffman.pack(codes, 8);
    expect(Math.max(...[...bytes.slice(0, 11)].flatMap((byte) => [byte & 15, byte >> 4]))).toBe(15);
    expect(unpack('huffman', bytes, codes.length, 8)).toEqual(codes);
  });

  it('refuses what it would not write', () => {
    const bytes = PACKINGS.huffman.pack(Uint8Array.of(0, 1, 2, 3, 3), 8);
    expect(() => unpack('huffman', bytes.slice(0, 128), 5, 8)).toThrow('so few bytes cannot hold 5 codes');
    expect(() => unpack('huffman', bytes, 2 ** 28, 8)).toThrow(`so few bytes cannot hold ${2 ** 28} codes`);
    expect(() => unpack('huffman', Uint8Array.from([...bytes, 0]), 5, 8)).toThrow('must take all of its bytes');
    expect(() => unpack('huffman', bytes.with(0, 0x21), 5, 8)).toThrow('do not make a code');
    expect(() => unpack('huffman', bytes.fill(0, 0, 128), 5, 8)).toThrow('do not make a code');
    const one = PACKINGS.huffman.pack(Uint8Array.of(7, 7, 7), 8);
    expect([...one.slice(128)]).toEqual([0]);
    expect(() => unpack('huffman', one.with(128, 0b1000_0000), 3, 8)).toThrow('must be one of its code');
    expect(() => unpack('huffman', one.with(128, 1), 3, 8)).toThrow('what is left of its last byte must be 0');
    const last = PACKINGS.huffman.pack(Uint8Array.of(3), 2);
    expect([...unpack('huffman', last, 1, 2)]).toEqual([3]);
    expect(() => unpack('huffman', last.with(1, 0).with(6, 1), 1, 2)).toThrow('must be filled up with 0');
  });
});
