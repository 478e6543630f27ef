import type { Fail, Packing } from './packing.js';

/**
 * Each code in its bits, one after the other: the first in the lowest bits of the first byte, so that a code may go on
 * in the low bits of the next. What is left of the last byte is 0.
 */
export const bitsPacking: Packing = {
  pack(codes, bits) {
    const bytes = new Uint8Array(Math.ceil((codes.length * bits) / 8));
    let at = 0;
    let held = 0;
    let have = 0;
    for (let i = 0; i < codes.length; i++) {
      held |= codes[i]! << have;
      have += bits;
      if (have < 8) continue;
      bytes[at++] = held;
      held >>>= 8;
      have -= 8;
    }
    if (have > 0) bytes[at] = held;
    return bytes;
  },

  unpack(bytes, count, bits, fail) {
    checkBits(bytes, count, bits, fail);
    if (bits <= 2) return unpackFours(bytes, count, bits);
    const codes = new Uint8Array(count);
    const mask = 2 ** bits - 1;
    let at = 0;
    let held = 0;
    let have = 0;
    for (let i = 0; i < count; i++) {
      if (have < bits) {
        held |= bytes[at++]! << have;
        have += 8;
      }
      codes[i] = held & mask;
      held >>>= bits;
      have -= bits;
    }
    return codes;
  },
};

/** Whether bytes are so many codes: all that there is to check where every code of so many bits has a level. */
export function checkBits(bytes: Uint8Array, count: number, bits: number, fail: Fail): void {
  const expected = Math.ceil((count * bits) / 8);
  if (bytes.length !== expected) fail(`its codes must take ${expected} bytes`, bytes.length);
  const used = count * bits - 8 * (expected - 1);
  if (bytes[expected - 1]! >> used !== 0) fail('what is left of its last byte must be 0');
}

/** Codes of 1 or 2 bits, four at a time as one number of 32 bits: a tenth of the time. Assumes a little-endian host. */
function unpackFours(bytes: Uint8Array, count: number, bits: number): Uint8Array {
  const mask = 2 ** bits - 1;
  const fours = Uint32Array.from({ length: 2 ** (4 * bits) }, (_, packed) =>
    [0, 1, 2, 3].reduce((four, i) => four | (((packed >> (i * bits)) & mask) << (8 * i)), 0),
  );
  const perByte = 2 / bits;
  const words = new Uint32Array(bytes.length * perByte);
  for (let at = 0, word = 0; at < bytes.length; at++) {
    let byte = bytes[at]!;
    for (let i = 0; i < perByte; i++) {
      words[word++] = fours[byte & (fours.length - 1)]!;
      byte >>= 4 * bits;
    }
  }
  return new Uint8Array(words.buffer, 0, count);
}
