import type { Heap } from '../wasm/heap.js';

// the fields of assembly/convolution.ts, in their order
const fields = [
  ...['input', 'output', 'weights'],
  ...['height', 'width', 'pixel', 'begin', 'depth'],
  ...['kernelHeight', 'kernelWidth', 'strideY', 'strideX', 'top', 'left', 'dilationY', 'dilationX'],
  ...['columns', 'fill', 'size', 'isDirect', 'pieces', 'pieceCount'],
  ...['mapping', 'slope', 'offset', 'table'],
  ...['product', 'alpha', 'beta', 'isShort', 'isWhole', 'steps'],
  ...['filters', 'blocks', 'outputPixel', 'outputBegin'],
  ...['finish', 'scale', 'bias', 'gamma', 'links', 'linkCount', 'most', 'padded'],
] as const;

/** What the kernels are told of a convolution: whole numbers, 0 where nothing else is said. */
export type ConvolutionRecord = Partial<Record<(typeof fields)[number], number>>;

/** The address of a record. */
export function putRecord(heap: Heap, record: ConvolutionRecord): number {
  return heap.put(Int32Array.from(fields, (field) => record[field] ?? 0));
}
