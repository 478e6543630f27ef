import type { Heap } from '../wasm/heap.js';
import { putLinks, type Channels, type Link } from './links.js';
import type { ConvolutionRecord } from './record.js';
import { codeLine, integerThresholds, type CodeLine } from './thresholds.js';

/** Values of `finish` in assembly/finish.ts. */
const FINISH = { floats: 0, line: 1, links: 2 } as const;

/** Thresholds beyond which lines are not looked for. */
const MOST_ON_LINES = 15;

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
  const lines = linesOf(finish, missing, most);
  if (lines) {
    const line = {
      ...finish,
      scale: Float32Array.from(lines, ({ scale }) => scale),
      bias: Float32Array.from(lines, ({ bias }) => bias),
    };
    return { ...common(finish), ...factors(heap, line), finish: FINISH.line };
  }
  const gamma = new Int32Array(paddedOf(finish.channels.count));
  gamma.set(missing);
  return { ...finishFloats(heap, finish), gamma: heap.put(gamma) };
}

/** The line of each filter; undefined where one has none, or where there are so many codes that one surely has none. */
function linesOf(
  { scale, bias, thresholds }: Finish,
  missing: Int32Array,
  most: number,
): readonly CodeLine[] | undefined {
  if (!thresholds || thresholds.length > MOST_ON_LINES) return undefined;
  const lines: CodeLine[] = [];
  for (const [filter, factor] of scale.entries()) {
    const epilogue = { scale: factor, bias: bias[filter]!, most };
    const line = codeLine(epilogue, thresholds, integerThresholds(epilogue, thresholds), missing[filter]!);
    if (!line) return undefined;
    lines.push(line);
  }
  return lines;
}

function chain(heap: Heap, { channels, links }: Finish): ConvolutionRecord {
  if (links.length === 0) return { finish: FINISH.floats };
  return { finish: FINISH.links, links: putLinks(heap, links, channels), linkCount: links.length };
}

function common({ channels: { count }, thresholds }: Finish): ConvolutionRecord {
  return { filters: count, padded: paddedOf(count), most: thresholds?.length ?? 0 };
}

function factors(heap: Heap, { channels, scale, bias }: Finish): ConvolutionRecord {
  const put = (values: Float32Array) => {
    const all = new Float32Array(paddedOf(channels.count));
    all.set(values);
    return heap.put(all);
  };
  return { scale: put(scale), bias: put(bias) };
}
