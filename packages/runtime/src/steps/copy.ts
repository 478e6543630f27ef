import type { Heap } from '../wasm/heap.js';

/** How far apart neighbours along each axis lie, the last axis innermost. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/**
 * Copies a block of a shape between addresses, at steps of items along each axis; those of the copy are by default those of the block
 * itself.
 */
export function placeCopy(
  heap: Heap,
  bytes: 1 | 4,
  shape: readonly number[],
  from: readonly number[],
  x: number,
  y: number,
  to: readonly number[] = stridesOf(shape),
): () => void {
  const axes = merged(shape.map((size, axis) => [size, from[axis]!, to[axis]!]));
  const table = heap.put(Int32Array.from(axes.flatMap(([size, stepX, stepY]) => [size, stepX * bytes, stepY * bytes])));
  const { kernels } = heap.engine;
  return () => kernels.copyBlock(x, y, table, axes.length, bytes);
}

type Axis = readonly [size: number, stepX: number, stepY: number];

/** The same with fewer axes, where two can be gone through as one. */
function merged(axes: readonly Axis[]): Axis[] {
  const result: Axis[] = [];
  for (const axis of axes) {
    const [size, stepX, stepY] = axis;
    if (size === 1) continue;
    const before = result.at(-1);
    if (before && before[1] === size * stepX && before[2] === size * stepY) {
      result[result.length - 1] = [before[0] * size, stepX, stepY];
    } else result.push(axis);
  }
  return result;
}
