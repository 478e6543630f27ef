import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { describe, expect, it } from 'vitest';
import { deriveSeed, murmur3, randomFor } from './seed.js';

const littleEndianWord = (text: string): number => Buffer.from(text).readUInt32LE();

describe('murmur3', () => {
  it.each([
    [[], 0, 0],
    [[], 1, 0x514e28b7],
    [[littleEndianWord('test')], 0, 0xba6bd213],
    [[littleEndianWord('test')], 0x9747b28c, 0x704b81dc],
    [[littleEndianWord('aaaa')], 0x9747b28c, 0x5a97808a],
    [[littleEndianWord('abcd')], 0x9747b28c, 0xf0478627],
  ])('of %j with seed %i is the reference value', (words, seed, hash) => {
    expect(murmur3(words, seed)).toBe(hash);
  });
});

describe('deriveSeed', () => {
  it('tells lists apart that look alike', () => {
    const lists: (number | string)[][] = [
      [1, 23],
      [12, 3],
      [1, '23'],
      ['123'],
      ['12', '3'],
      [1, 23, 0],
      [1, 23, ''],
      [-1, 23],
    ];
    expect(new Set(lists.map((parts) => deriveSeed(7, ...parts))).size).toBe(lists.length);
  });

  it('uses every bit of large and negative seeds', () => {
    const seeds = [0, 1, -1, 2 ** 32, 2 ** 32 + 1, 2 ** 52, -(2 ** 52), Number.MAX_SAFE_INTEGER];
    expect(new Set(seeds.map((seed) => deriveSeed(seed))).size).toBe(seeds.length);
  });

  it('gives the same value for ever', () => {
    expect([deriveSeed(0), deriveSeed(7, 'augment', 3, 41), deriveSeed(-5, 'é')]).toMatchInlineSnapshot(`
      [
        3563421123,
        2272139178,
        3515449029,
      ]
    `);
  });

  it.each([NaN, 0.5, Infinity, 2 ** 60])('refuses %d', (seed) => {
    expect(() => deriveSeed(seed)).toThrow(`a seed is made of integers and strings, received ${seed}`);
  });
});

describe('randomFor', () => {
  const draws = {
    'examples in a row': (i: number) => randomFor(7, 'augment', 0, i),
    'epochs in a row': (i: number) => randomFor(7, 'augment', i, 5),
    'seeds in a row': (i: number) => randomFor(i, 'augment', 0, 5),
  };
  it.each(Object.entries(draws))('gives a crop and a flip that are uniform together over %s', (_name, random) => {
    const cells = new Float64Array(9 * 9 * 2);
    const expected = 100;
    for (let i = 0; i < cells.length * expected; i++) {
      const generator = random(i);
      cells[(uniformInt(generator, 0, 8) * 9 + uniformInt(generator, 0, 8)) * 2 + uniformInt(generator, 0, 1)]!++;
    }
    const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 161 degrees of freedom: mean 161, standard deviation 18; five of them either way.
    expect(chiSquare).toBeGreaterThan(71);
    expect(chiSquare).toBeLessThan(251);
  });
});
