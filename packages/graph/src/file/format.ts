import type { ExtraPacking } from './packings.js';

/** What the metadata of every file says it is. */
export const FORMAT = 'lowbit-model';
/** The version that this package writes; it reads all up to it. */
export const VERSION = 1;
/** The longest header that is read. */
export const MAX_HEADER_BYTES = 2 ** 24;

/** Before the keys of a graph's own metadata. */
export const METADATA_PREFIX = 'metadata.';
/**
 * A node's or parameter's levels that are values, and a shift's offsets, are tensors of that name with this behind it.
 */
export const LEVELS_SUFFIX = '#levels';
export const OFFSETS_SUFFIX = '#offsets';
/**
 * What a node reads under its own name: the parameter named by node, `/` and attribute, or the tensor named by node and
 * suffix.
 */
export const OWN = true;

/**
 * The graph as it stands in the metadata, without what tensors hold. Parameters that are no codes and not shared are
 * tensors alone.
 */
export interface GraphJson {
  readonly inputs: readonly (readonly [name: string, shape: readonly number[]])[];
  readonly nodes: readonly NodeJson[];
  readonly outputs: readonly string[];
  /** Codes by parameter. Those that are packed as bits do not say so. */
  readonly codes?: Readonly<Record<string, CodesJson>>;
  /** Lists of integers that codes stand for. */
  readonly integers?: readonly (readonly number[])[];
  /** Parameters that equal another one: its name. */
  readonly same?: Readonly<Record<string, string>>;
}

/**
 * A node. Inputs are how many values back each is, counting the graph's inputs; without them it reads the value before
 * it. Attributes are left out where they are usual, or must be there and are {@link OWN}. Levels of integers are [which
 * of the lists, scale]; other levels, and offsets, are the tensor that holds them.
 */
export type NodeJson =
  | readonly [name: string, op: string, attributes?: Readonly<Record<string, unknown>>]
  | readonly [name: string, op: string, attributes: Readonly<Record<string, unknown>>, back: readonly number[]];

/** Levels are the number of a list of integers, or the tensor that holds the values. */
export type CodesJson = readonly [
  shape: readonly number[],
  bits: number,
  levels: number | string | typeof OWN,
  packing?: ExtraPacking,
];
