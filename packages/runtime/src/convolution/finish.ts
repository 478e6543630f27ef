import type { Heap } from '../wasm/heap.js';
import { putLinks, type Channels, type Link } from './links.js';
import type { ConvolutionRecord } from './record.js';

/** Values of `finish` in assembly/finish.ts. */
const FINISH = { floats: 0, line: 1, links: 2 } as const;

/** Thresholds beyond which lines are not looked for, and sums. */
const MOST_ON_LINES = 15;
const LARGEST_SUM = 2 ** 29;

/** What becomes of the sums of a place. */
export interface Finish {
  readonly channels: Channels;
  readonly scale: Float32Array;
  readonly bias: Float32Array;
  /** Of the codes that the results become. */
  readonly thresholds: Float32Array | undefined;
  /** What the results go through, where lines do not make the codes at once. */
  readonly links: readonly Link[];
}

/** Filters with what fills the last block. */
export const paddedOf = (filters: number) => Math.ceil(filters / 32) * 32;

/** Of sums of floats: floats, or what links make of them. */
export function finishFloats(heap: Heap, finish: Finish): ConvolutionRecord {
  return { ...common(finish), ...factors(heap, finish), ...chain(heap, finish) };
}

/**
 * Of sums of integers, none larger than `most`, which lack `missing`: codes by a line of each filter where all of them have one, else as of
 * floats.
 */
export function finishIntegers(heap: Heap, finish: Finish, missing: Int32Array, most: number): ConvolutionRecord {
  const record = { ...common(finish), ...factors(heap, finish) };
  if (becomeLines(heap, record, finish, missing, most)) return { ...record, finish: FINISH.line };
  const gamma = new Int32Array(record.padded);
  gamma.set(missing);
  return { ...record, ...chain(heap, finish), gamma: heap.put(gamma) };
}

/** Makes scale and bias of a record those of lines; false where a filter has none, or where there are so many codes that one surely has none. */
function becomeLines(
  heap: Heap,
  { scale, bias, filters }: ReturnType<typeof factors> & ReturnType<typeof common>,
  { thresholds }: Finish,
  missing: Int32Array,
  most: number,
): boolean {
  if (!thresholds || thresholds.length > MOST_ON_LINES || most > LARGEST_SUM) return false;
  const { length } = thresholds;
  const numbers = new Int32Array(3 * filters + 2 * length);
  numbers.set(missing);
  new Float32Array(numbers.buffer).set(thresholds, filters);
  return heap.lend(numbers, (at) => {
    const [levels, spare] = [at + filters * 4, at + (filters + length) * 4];
    return heap.engine.kernels.findLines(scale, bias, at, filters, levels, length - 1, most, spare) === 1;
  });
}

function chain(heap: Heap, { channels, links }: Finish): ConvolutionRecord {
  if (links.length === 0) return { finish: FINISH.floats };
  return { finish: FINISH.links, links: putLinks(heap, links, channels), linkCount: links.length };
}

function common({ channels: { count }, thresholds }: Finish) {
  return { filters: count, padded: paddedOf(count), most: thresholds?.length ?? 0 };
}

function factors(heap: Heap, { channels, scale, bias }: Finish) {
  const put = (values: Float32Array) => {
    const all = new Float32Array(paddedOf(channels.count));
    all.set(values);
    return heap.put(all);
  };
  return { scale: put(scale), bias: put(bias) };
}
