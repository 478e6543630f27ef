import type { Pads, Pair } from '@lowbit/graph';
import { imageOf } from '../plan/step.js';
import type { Heap } from '../wasm/heap.js';

// the fields of assembly/window.ts, in their order
const fields = [
  ...['height', 'width', 'channels', 'rows', 'columns'],
  ...['windowHeight', 'windowWidth', 'strideY', 'strideX', 'top', 'left', 'filters'],
] as const;

/** What kernels are told of a window: whole numbers, 0 where nothing else is said. */
export type WindowRecord = Partial<Record<(typeof fields)[number], number>>;

/** The address of a record. */
export function putWindow(heap: Heap, record: WindowRecord): number {
  return heap.put(Int32Array.from(fields, (field) => record[field] ?? 0));
}

/** A window over all of an image. */
export function wholeWindow(shape: readonly number[]): WindowRecord {
  const image = imageOf(shape);
  const steps = { rows: 1, columns: 1, strideY: 1, strideX: 1 };
  return { ...image, ...steps, windowHeight: image.height, windowWidth: image.width };
}

/** A window that goes over an image. */
export function slidingWindow(
  shape: readonly number[],
  result: readonly number[],
  { size, strides, pads }: { readonly size: Pair; readonly strides: Pair; readonly pads: Pads },
): WindowRecord {
  const { height: rows, width: columns } = imageOf(result);
  return {
    ...imageOf(shape),
    rows,
    columns,
    windowHeight: size[0],
    windowWidth: size[1],
    strideY: strides[0],
    strideX: strides[1],
    top: pads[0],
    left: pads[1],
  };
}
