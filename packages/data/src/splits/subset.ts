import { LowbitError } from '@lowbit/plugin-api';
import { z } from 'zod';
import { shuffle } from '../order.js';
import { randomFor } from '../seed.js';
import { canCrop, checkIndices, type CroppingSplit, type LabelledSplit } from './split.js';

/** The options that every data set of this package takes. */
export const splitOptions = {
  /** Train on this many examples only. */
  limit: z.int().positive().optional(),
  /** Test on this many examples only. */
  testLimit: z.int().positive().optional(),
  /** Hold this many training examples out as the split `validation`. */
  validation: z.int().positive().optional(),
  /** Seeds the choice that the three above make; 0 by default. */
  splitSeed: z.int().nonnegative().optional(),
};

/**
 * The options that every data set of this package takes.
 *
 * @interface
 */
export type SplitOptions = z.infer<z.ZodObject<typeof splitOptions>>;

/**
 * Applies `validation`, `limit` and `testLimit`. Every choice is balanced over the classes, random by `splitSeed`, and
 * keeps the examples in their order. The validation examples are taken first and from the whole training split, so that
 * they are the same for every `limit`, and never among the training examples.
 *
 * @throws LowbitError ('config') a number that leaves no training example or asks for more than there are
 */
export function chooseSplits(
  train: LabelledSplit,
  test: LabelledSplit,
  options: SplitOptions,
  where: string,
): { train: LabelledSplit; test: LabelledSplit; validation?: LabelledSplit } {
  const { limit, testLimit, validation, splitSeed = 0 } = options;
  const choose = (split: LabelledSplit, option: 'limit' | 'testLimit' | 'validation', most: number): Uint32Array => {
    const count = options[option]!;
    if (count <= most) return balancedChoice(split.labels, count, splitSeed, option);
    throw new LowbitError('config', {
      what: `${option} is larger than the ${most} examples there are`,
      where: `${where} at ${option}`,
      received: count,
    });
  };
  const parts: { train: LabelledSplit; test: LabelledSplit; validation?: LabelledSplit } = { train, test };
  if (validation !== undefined) {
    const held = choose(train, 'validation', train.size - 1);
    parts.validation = subset(train, held);
    parts.train = subset(train, complement(held, train.size));
  }
  if (limit !== undefined) parts.train = subset(parts.train, choose(parts.train, 'limit', parts.train.size));
  if (testLimit !== undefined) parts.test = subset(test, choose(test, 'testLimit', test.size));
  return parts;
}

/** The examples of a split at `indices`, in that order. */
export function subset(split: LabelledSplit, indices: ArrayLike<number>): LabelledSplit {
  const size = indices.length;
  const original = (positions: readonly number[]): number[] => {
    checkIndices(positions, size);
    return positions.map((position) => indices[position]!);
  };
  const part: LabelledSplit = {
    size,
    labels: Int32Array.from(indices, (index) => split.labels[index]!),
    read: async (positions) => split.read(original(positions)),
  };
  if (!canCrop(split)) return part;
  const cropping: CroppingSplit = {
    ...part,
    readCropped: async (positions, choose) => split.readCropped(original(positions), choose),
  };
  return cropping;
}

/** `count` indices, ascending: at random within each class, and as many from each as from any other while they last. */
function balancedChoice(labels: ArrayLike<number>, count: number, seed: number, purpose: string): Uint32Array {
  const byClass: number[][] = [];
  for (let i = 0; i < labels.length; i++) (byClass[labels[i]!] ??= []).push(i);
  byClass.forEach((members, label) => shuffle(members, randomFor(seed, purpose, label)));
  const chosen: number[] = [];
  for (let round = 0; chosen.length < count; round++) {
    for (const members of byClass) {
      const next = members?.[round];
      if (next !== undefined && chosen.length < count) chosen.push(next);
    }
  }
  return Uint32Array.from(chosen).sort();
}

/** 0 … size − 1 without `taken`, which is ascending. */
function complement(taken: Uint32Array, size: number): Uint32Array {
  const rest = new Uint32Array(size - taken.length);
  for (let i = 0, t = 0, r = 0; i < size; i++) {
    if (taken[t] === i) t++;
    else rest[r++] = i;
  }
  return rest;
}
