import type { Packing } from './packing.js';

/** Codes of three levels that a byte holds: 3⁵ = 243 ≤ 256. */
const PER_BYTE = 5;
const PLACES = [1, 3, 9, 27, 81] as const;

/**
 * Codes 0, 1, 2 at 1.6 bits: five a byte as the digits of a number to the base 3, the first the lowest. What is left of
 * the last byte is 0.
 */
export const ternaryPacking: Packing = {
  pack(codes) {
    const bytes = new Uint8Array(Math.ceil(codes.length / PER_BYTE));
    for (let i = 0; i < codes.length; i++) bytes[Math.floor(i / PER_BYTE)]! += codes[i]! * PLACES[i % PER_BYTE]!;
    return bytes;
  },

  unpack(bytes, count, _bits, fail) {
    const expected = Math.ceil(count / PER_BYTE);
    if (bytes.length !== expected) fail(`its codes must take ${expected} bytes`, bytes.length);
    const codes = new Uint8Array(count);
    for (let at = 0; at < bytes.length; at++) {
      let rest = bytes[at]!;
      const end = Math.min(count, (at + 1) * PER_BYTE);
      for (let i = at * PER_BYTE; i < end; i++) {
        codes[i] = rest % 3;
        rest = Math.floor(rest / 3);
      }
      if (rest !== 0) fail('a byte must hold the digits of its codes and nothing else', `${bytes[at]} at ${at}`);
    }
    return codes;
  },
};
