import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { randomFor, type RandomGenerator } from './seed.js';

/** Shuffles in place, every order equally likely (Fisher–Yates). */
export function shuffle<T extends number[] | Uint32Array>(values: T, random: RandomGenerator): T {
  for (let i = values.length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    const swapped = values[i]!;
    values[i] = values[j]!;
    values[j] = swapped;
  }
  return values;
}

/** The order of an epoch's examples: a permutation of 0 … size − 1 that depends on nothing but its arguments. */
export function epochOrder(size: number, seed: number, epoch: number): Uint32Array {
  return shuffle(
    Uint32Array.from({ length: size }, (_, i) => i),
    randomFor(seed, 'shuffle', epoch),
  );
}
