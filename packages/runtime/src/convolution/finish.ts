import type { Heap } from '../wasm/heap.js';
import type { ConvolutionRecord } from './record.js';
import { codeLine, integerThresholds } from './thresholds.js';

/** Values of `finish` in assembly/finish.ts. */
const FINISH = { floats: 0, line: 1, thresholds: 2, floatCodes: 3 } as const;

/** What becomes of the sums of a place. */
export interface Finish {
  readonly filters: number;
  readonly scale: Float32Array;
  readonly bias: Float32Array;
  /** Of the codes that the results become. */
  readonly thresholds: Float32Array | undefined;
}

/** Filters with what fills the last block. */
export const paddedOf = (filters: number) => Math.ceil(filters / 32) * 32;

/** Of sums of floats: floats, or codes by the thresholds themselves. */
export function finishFloats(heap: Heap, finish: Finish): ConvolutionRecord {
  const { thresholds } = finish;
  return {
    ...common(finish),
    ...factors(heap, finish),
    ...(thresholds ? { finish: FINISH.floatCodes, thresholds: heap.put(thresholds) } : { finish: FINISH.floats }),
  };
}

/**
 * Of sums of integers, none larger than `most`, which lack `missing`: floats; codes by a line where every filter has one, else by
 * thresholds of integers.
 */
export function finishIntegers(heap: Heap, finish: Finish, missing: Int32Array, most: number): ConvolutionRecord {
  const { scale, bias, thresholds } = finish;
  const padded = paddedOf(finish.filters);
  if (!thresholds) {
    const gamma = new Int32Array(padded);
    gamma.set(missing);
    return { ...common(finish), ...factors(heap, finish), gamma: heap.put(gamma), finish: FINISH.floats };
  }
  const epilogues = Array.from(scale, (factor, filter) => ({ scale: factor, bias: bias[filter]!, most }));
  const changes = epilogues.map((epilogue) => integerThresholds(epilogue, thresholds));
  const lines = epilogues.map((epilogue, filter) => codeLine(epilogue, thresholds, changes[filter]!, missing[filter]!));
  if (lines.every((line) => line !== undefined)) {
    const line = {
      ...finish,
      scale: Float32Array.from(lines, ({ scale }) => scale),
      bias: Float32Array.from(lines, ({ bias }) => bias),
    };
    return { ...common(finish), ...factors(heap, line), finish: FINISH.line };
  }
  const signs = new Int32Array(padded);
  const table = new Int32Array(thresholds.length * padded);
  epilogues.forEach(({ scale }, filter) => {
    const sign = scale < 0 ? -1 : 1;
    signs[filter] = scale < 0 ? -1 : 0;
    changes[filter]!.forEach((change, k) => (table[k * padded + filter] = sign * (change - missing[filter]!)));
  });
  return { ...common(finish), finish: FINISH.thresholds, scale: heap.put(signs), thresholds: heap.put(table) };
}

function common({ filters, thresholds }: Finish): ConvolutionRecord {
  return { filters, padded: paddedOf(filters), most: thresholds?.length ?? 0 };
}

function factors(heap: Heap, { filters, scale, bias }: Finish): ConvolutionRecord {
  const put = (values: Float32Array) => {
    const all = new Float32Array(paddedOf(filters));
    all.set(values);
    return heap.put(all);
  };
  return { scale: put(scale), bias: put(bias) };
}
