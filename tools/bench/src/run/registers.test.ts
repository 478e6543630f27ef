import { expect, it } from 'vitest';
import { registerLoop } from './registers.js';

const CHAINS = Array.from({ length: 12 }, (_, k) => k + 1);
/** Links of each chain in a turn. */
const PER_TURN = 4;

/** The float32 of four bytes that are alike. */
const floatOf = (byte: number) => new Float32Array(new Uint8Array(4).fill(byte).buffer)[0]!;
const bitsOf = (value: number) => new Int32Array(Float32Array.of(value).buffer)[0]!;

it('a chain of products and sums of floats goes on with what it came to', () => {
  const multiplyAdd = registerLoop({ codes: [0xe6, 0xe4], other: 0x3f });
  const other = floatOf(0x3f);
  const after = (turns: number) =>
    CHAINS.reduce((all, chain) => {
      let x = floatOf(chain);
      for (let i = 0; i < turns * PER_TURN; i++) x = Math.fround(Math.fround(x * other) + other);
      return all ^ bitsOf(x);
    }, bitsOf(other));
  for (const turns of [1, 2, 3]) expect(multiplyAdd(turns)).toBe(after(turns));
});
