import type { Fail, Packing } from './packing.js';

/** The longest code word, in bits: a length takes 4 bits in the file, and a table of all words 2¹⁵ entries. */
const LONGEST = 15;

/** Codes that go into one symbol: as many as a byte holds whole. */
const perSymbol = (bits: number) => Math.floor(8 / bits);

/**
 * A canonical Huffman code over symbols of ⌊8 / bits⌋ codes, the first in the lowest bits; the last symbol is filled up
 * with 0. First the lengths of all 2^(bits · ⌊8 / bits⌋) code words, 4 bits each, 0 for a symbol that does not occur;
 * then the words, highest bit first; what is left of the last byte is 0. Words of one length are numbered in the order
 * of their symbols, the shorter before the longer.
 */
export const huffmanPacking: Packing = {
  pack(codes, bits) {
    const symbols = toSymbols(codes, bits);
    const alphabet = 2 ** (bits * perSymbol(bits));
    const counts = new Uint32Array(alphabet);
    for (const symbol of symbols) counts[symbol]!++;
    const lengths = codeLengths(counts);
    const words = codeWords(lengths);
    const total = lengths.reduce((sum, length, symbol) => sum + length * counts[symbol]!, 0);
    const bytes = new Uint8Array(alphabet / 2 + Math.ceil(total / 8));
    lengths.forEach((length, symbol) => (bytes[symbol >> 1]! |= length << (4 * (symbol & 1))));
    let at = alphabet / 2;
    let held = 0;
    let have = 0;
    for (const symbol of symbols) {
      held = (held << lengths[symbol]!) | words[symbol]!;
      have += lengths[symbol]!;
      for (; have >= 8; have -= 8) bytes[at++] = held >>> (have - 8);
      held &= 2 ** have - 1;
    }
    if (have > 0) bytes[at] = held << (8 - have);
    return bytes;
  },

  unpack(bytes, count, bits, fail) {
    const alphabet = 2 ** (bits * perSymbol(bits));
    const stream = bytes.subarray(alphabet / 2);
    const symbols = Math.ceil(count / perSymbol(bits));
    if (bytes.length < alphabet / 2 || symbols > 8 * stream.length)
      return fail(`so few bytes cannot hold ${count} codes`, bytes.length);
    const lengths = Uint8Array.from({ length: alphabet }, (_, i) => (bytes[i >> 1]! >> (4 * (i & 1))) & 15);
    return fromSymbols(decode(stream, symbols, lengths, fail), count, bits, fail);
  },
};

function toSymbols(codes: Uint8Array, bits: number): Uint8Array {
  const each = perSymbol(bits);
  const symbols = new Uint8Array(Math.ceil(codes.length / each));
  for (let i = 0; i < codes.length; i++) symbols[Math.floor(i / each)]! |= codes[i]! << (bits * (i % each));
  return symbols;
}

function fromSymbols(symbols: Uint8Array, count: number, bits: number, fail: Fail): Uint8Array {
  const each = perSymbol(bits);
  const mask = 2 ** bits - 1;
  if (each > 1 && symbols.at(-1)! >> (bits * (count - each * (symbols.length - 1))) !== 0)
    fail('its last symbol must be filled up with 0', symbols.at(-1));
  const codes = new Uint8Array(count);
  for (let i = 0; i < count; i++) codes[i] = (symbols[Math.floor(i / each)]! >> (bits * (i % each))) & mask;
  return codes;
}

/**
 * Lengths of the best code words of at most 15 bits, by package-merge (Larmore & Hirschberg 1990): a word's length is
 * how many of the chosen packages its symbol is in. One symbol alone has length 1.
 */
function codeLengths(counts: Uint32Array): Uint8Array {
  const lengths = new Uint8Array(counts.length);
  const leaves: Package[] = [];
  counts.forEach((count, symbol) => count > 0 && leaves.push({ count, symbols: [symbol] }));
  leaves.sort((a, b) => a.count - b.count);
  if (leaves.length === 1) lengths[leaves[0]!.symbols[0]!] = 1;
  let packages: Package[] = [];
  for (let level = 0; level < LONGEST; level++) {
    const merged = [...leaves, ...packages].sort((a, b) => a.count - b.count);
    packages = [];
    for (let i = 0; i + 1 < merged.length; i += 2) {
      const [a, b] = [merged[i]!, merged[i + 1]!];
      packages.push({ count: a.count + b.count, symbols: [...a.symbols, ...b.symbols] });
    }
  }
  for (const { symbols } of packages.slice(0, leaves.length - 1)) for (const symbol of symbols) lengths[symbol]!++;
  return lengths;
}

interface Package {
  readonly count: number;
  readonly symbols: readonly number[];
}

/** The canonical code words of these lengths. */
function codeWords(lengths: Uint8Array): Uint16Array {
  const words = new Uint16Array(lengths.length);
  let word = 0;
  for (let length = 1; length <= LONGEST; length++, word <<= 1)
    lengths.forEach((each, symbol) => each === length && (words[symbol] = word++));
  return words;
}

/** Reads symbols by a table of all that the next bits may begin with. */
function decode(stream: Uint8Array, count: number, lengths: Uint8Array, fail: Fail): Uint8Array {
  const longest = Math.max(...lengths);
  const used = lengths.filter((length) => length > 0).length;
  const space = lengths.reduce((sum, length) => sum + (length > 0 ? 2 ** (longest - length) : 0), 0);
  if (used === 0 || space !== (used === 1 ? 1 : 2 ** longest) || (used === 1 && longest !== 1))
    fail('the lengths of its code words do not make a code');
  const table = new Uint16Array(2 ** longest);
  codeWords(lengths).forEach((word, symbol) => {
    const length = lengths[symbol]!;
    if (length > 0) table.fill((length << 8) | symbol, word << (longest - length), (word + 1) << (longest - length));
  });
  const symbols = new Uint8Array(count);
  let at = 0;
  let held = 0;
  let have = 0;
  for (let i = 0; i < count; i++) {
    for (; have < longest; have += 8) held = ((held << 8) | (stream[at++] ?? 0)) & 0xffffff;
    const entry = table[(held >>> (have - longest)) & (2 ** longest - 1)]!;
    if (entry === 0) fail('a code word must be one of its code', `symbol ${i}`);
    symbols[i] = entry & 255;
    have -= entry >> 8;
  }
  if (Math.ceil((8 * at - have) / 8) !== stream.length)
    fail('its code words must take all of its bytes', stream.length);
  if (8 * at - have < 8 * stream.length && stream.at(-1)! & (2 ** (8 * stream.length - 8 * at + have) - 1))
    fail('what is left of its last byte must be 0');
  return symbols;
}
