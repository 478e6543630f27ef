import type { Heap } from '../wasm/heap.js';
import { putCoding } from './coding.js';

/** What a row of floats goes through once it is computed; addresses are those of whole values. */
export type Link =
  | { readonly kind: 'add'; readonly from: number }
  | { readonly kind: 'clip'; readonly low: number; readonly high: number }
  | {
      readonly kind: 'affine';
      readonly scale: Float32Array | undefined;
      readonly bias: Float32Array | undefined;
    }
  /** Stores the floats. */
  | { readonly kind: 'keep'; readonly to: number }
  /** Stores their codes. */
  | { readonly kind: 'quantize'; readonly thresholds: Float32Array; readonly to: number };

/** Values of `kind` in assembly/links.ts. */
const KINDS = { add: 0, clip: 1, affine: 2, keep: 3, quantize: 4 } as const;

/** 32-bit fields of a link. */
const FIELDS = 8;

/** The channels of a row that links are for: all of them, or those of a group of filters. */
export interface Channels {
  readonly first: number;
  readonly count: number;
  readonly all: number;
}

/** The address of links. */
export function putLinks(heap: Heap, links: readonly Link[], channels: Channels): number {
  const { all, first } = channels;
  const record = new Int32Array(links.length * FIELDS);
  const floats = new Float32Array(record.buffer);
  links.forEach((link, k) => {
    const at = k * FIELDS;
    const rows = (address: number, bytes: number) => record.set([address + first * bytes, all * bytes], at + 1);
    record[at] = KINDS[link.kind];
    if (link.kind === 'add') rows(link.from, 4);
    else if (link.kind === 'clip') floats.set([link.low, link.high], at + 5);
    else if (link.kind === 'keep') rows(link.to, 4);
    else if (link.kind === 'quantize') {
      rows(link.to, 1);
      record[at + 7] = putCoding(heap, link.thresholds);
    } else {
      record[at + 3] = heap.put(channelsOf(link.scale, channels, 1));
      // −0, since +0 would make +0 of −0
      record[at + 4] = heap.put(channelsOf(link.bias, channels, -0));
    }
  });
  return heap.put(record);
}

/** A number for each of some channels; one value is for all, `neutral` where there is none. */
export function channelsOf(
  values: Float32Array | undefined,
  { first, count, all }: Channels,
  neutral: number,
): Float32Array {
  if (values && values.length === all) return values.subarray(first, first + count);
  return new Float32Array(count).fill(values?.[0] ?? neutral);
}
