import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

export type { RandomGenerator };

/**
 * Derives an independent seed for one purpose from another seed: `deriveSeed(seed, 'augment', epoch, index)`.
 *
 * The 32-bit MurmurHash3 (A. Appleby, 2011; variant x86_32) of the seed and the parts, each of which is written so that
 * no two different lists give the same words: a number as [1, its low 32 bits, its high bits], a string as [2, its
 * length, its UTF-16 code units]. So `(1, 23)`, `(12, 3)` and `(1, '23')` are unrelated, and neighbouring seeds give
 * unrelated results.
 *
 * @returns an unsigned 32-bit integer
 * @throws RangeError a number that is not a safe integer
 */
export function deriveSeed(seed: number, ...parts: readonly (number | string)[]): number {
  return murmur3([seed, ...parts].flatMap(words));
}

function words(part: number | string): number[] {
  if (typeof part === 'string')
    return [2, part.length, ...Array.from({ length: part.length }, (_, i) => part.charCodeAt(i))];
  if (!Number.isSafeInteger(part)) throw new RangeError(`a seed is made of integers and strings, received ${part}`);
  return [1, part | 0, Math.floor(part / 2 ** 32)];
}

/** MurmurHash3_x86_32 of 32-bit little-endian words. */
export function murmur3(data: readonly number[], seed = 0): number {
  let hash = seed | 0;
  for (const word of data) {
    hash ^= Math.imul(rotateLeft(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    hash = (Math.imul(rotateLeft(hash, 13), 5) + 0xe6546b64) | 0;
  }
  hash ^= 4 * data.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** The random numbers of one purpose: a generator seeded by `deriveSeed(seed, ...parts)`. */
export function randomFor(seed: number, ...parts: readonly (number | string)[]): RandomGenerator {
  return xoroshiro128plus(deriveSeed(seed, ...parts));
}
