import { expect, it } from 'vitest';
import { limitOf } from './limits.js';

const CHAINS = Array.from({ length: 12 }, (_, k) => k + 1);
/** A turn has 4 instructions of each chain. */
const PER_TURN = 4;

it('a chain of look-ups goes on with what it found', () => {
  // all bytes of a chain are its number, and so is every byte that is found in it
  const xor = CHAINS.reduce((all, chain) => all ^ chain, 3);
  expect(limitOf('i8x16.swizzle')(5)).toBe(xor * 0x01010101);
});

it('a chain of dot products goes on with the product', () => {
  const half = (x: number, at: 0 | 16) => ((x >> at) << 16) >> 16;
  const factor = 3 * 0x0101;
  const dot = (x: number) => (Math.imul(half(x, 0), factor) + Math.imul(half(x, 16), factor)) | 0;
  const after = (turns: number) =>
    CHAINS.reduce((all, chain) => {
      let x = chain * 0x01010101;
      for (let i = 0; i < turns * PER_TURN; i++) x = dot(x);
      return all ^ x;
    }, 3 * 0x01010101);
  for (const turns of [1, 2, 3]) expect(limitOf('i32x4.dot_i16x8_s')(turns)).toBe(after(turns));
});
