import type { CodedParameter } from '../graph.js';
import { levelCount } from '../levels.js';
import { bitsPacking } from './bits.js';
import { huffmanPacking } from './huffman.js';
import type { Packing } from './packing.js';
import { ternaryPacking } from './ternary.js';

/** Ways to make codes smaller than their bits. */
export type ExtraPacking = 'ternary' | 'huffman';
export type PackingName = 'bits' | ExtraPacking;

export const PACKINGS: Readonly<Record<PackingName, Packing>> = {
  bits: bitsPacking,
  ternary: ternaryPacking,
  huffman: huffmanPacking,
};

export const EXTRA_PACKINGS: readonly ExtraPacking[] = ['ternary', 'huffman'];

export function isPackingName(name: unknown): name is PackingName {
  return typeof name === 'string' && Object.hasOwn(PACKINGS, name);
}

/** Whether codes can be written so. */
export function suits(packing: PackingName, { levels }: Pick<CodedParameter, 'levels'>): boolean {
  return packing !== 'ternary' || levelCount(levels) === 3;
}
