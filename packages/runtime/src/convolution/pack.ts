import type { Heap } from '../wasm/heap.js';

/** The filters of a kernel that one product computes; the weights under the window are in the order of the row that they are multiplied by. */
export interface Matrix {
  readonly filters: number;
  /** Weights of a filter. */
  readonly depth: number;
  /** Codes or float32 weights: that of a filter at an index is data[index · pitch + first + filter]. */
  readonly data: Uint8Array | Float32Array;
  /** The same of codes of 1 bit, the first in the lowest bit, where they are at hand. */
  readonly bits?: Uint8Array | undefined;
  readonly pitch: number;
  readonly first: number;
}

/** A number for each code. */
export type CodeTable = ArrayLike<number>;

const up = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/** Blocks of filters that a packing has. */
export const blocksOf = (filters: number, width: number) => Math.ceil(filters / width);

// of the kernels' sources
const CHUNK = 2048;

/** The address of weights 0 and 1 for `lookups`: 4 channels a byte. `size` is the row's, a multiple of 16. */
export function putLookups(heap: Heap, matrix: Matrix, bits: CodeTable, size: number): number {
  const { filters, depth, pitch, first } = matrix;
  const isByBytes = pitch % 8 === 0 && first % 8 === 0;
  if (matrix.bits && isByBytes && filters % 16 === 0 && depth === size && bits[0] !== bits[1]) {
    const to = heap.reserve((filters * size) / 4);
    const flip = -bits[0]!;
    heap.lend(matrix.bits, (from) => heap.engine.kernels.packBits(from, to, depth, pitch, first / 8, filters, flip));
    return to;
  }
  const packed = new Uint8Array((up(filters, 16) * size) / 4);
  const { data } = matrix;
  const bitOf = Uint8Array.from(bits);
  let at = 0;
  for (let start = 0; start < size; start += CHUNK) {
    const end = Math.min(size, start + CHUNK);
    for (let block = 0; block < filters; block += 16) {
      const count = Math.min(16, filters - block);
      for (let index = start; index < end; index++) {
        if (index < depth) {
          const row = index * pitch + first + block;
          const place = index & 3;
          for (let filter = 0; filter < count; filter++) {
            const lane = ((filter & 7) << 1) | (filter >> 3);
            packed[at + lane]! |= bitOf[data[row + filter]!]! << place;
          }
        }
        if ((index & 3) === 3) at += 16;
      }
    }
  }
  return heap.put(packed);
}

/** How weights are laid out: `count` neighbours of each of the `width` filters of a block, then the next. */
interface Layout {
  readonly size: number;
  readonly width: number;
  readonly count: number;
}

function pack<A extends Int8Array | Int16Array>(packed: A, matrix: Matrix, table: CodeTable, layout: Layout): A {
  const { filters, depth, data, pitch, first } = matrix;
  const { size, width, count } = layout;
  const weights = Int16Array.from(table);
  for (let block = 0; block < filters; block += width) {
    const some = Math.min(width, filters - block);
    for (let index = 0; index < depth; index++) {
      const row = index * pitch + first + block;
      const inner = index % count;
      const at = block * size + (index - inner) * width + inner;
      for (let filter = 0; filter < some; filter++) packed[at + filter * count] = weights[data[row + filter]!]!;
    }
  }
  return packed;
}

/** Of weights of 16 bits, for `dots`. */
export function packDots(matrix: Matrix, table: CodeTable, size: number): Int16Array {
  const packed = new Int16Array(up(matrix.filters, 16) * size);
  return pack(packed, matrix, table, { size, width: 16, count: 2 });
}

/** Of weights of 8 bits, for the relaxed dot products. */
export function packBytes(matrix: Matrix, table: CodeTable, size: number, width: 8 | 16): Int8Array {
  const packed = new Int8Array(up(matrix.filters, width) * size);
  return pack(packed, matrix, table, { size, width, count: 4 });
}

/** Two filters in one number, w + (v << 11), for `fourDots` and `manyDots`: the others of 8 filters stand 4 behind. */
export function packPairs(matrix: Matrix, table: CodeTable, size: number, width: 8 | 32): Int16Array {
  const single = pack(new Int16Array(up(matrix.filters, width) * size), matrix, table, { size, width, count: 2 });
  const packed = new Int16Array(single.length / 2);
  // of 16 numbers, 8 filters by 2 neighbours, the last 8 go above the first
  for (let at = 0; at < packed.length; at++) {
    const from = 2 * at - (at & 7);
    packed[at] = single[from]! + (single[from + 8]! << 11);
  }
  return packed;
}

/** The address of floats for `floatProducts`: blocks of 8 filters. Codes become the numbers of the table. */
export function putFloats(heap: Heap, { filters, depth, data, pitch, first }: Matrix, table?: CodeTable): number {
  let floats = data instanceof Float32Array ? data : Float32Array.from(data, (code) => table![code]!);
  if (pitch !== filters) {
    const all = floats;
    floats = new Float32Array(depth * filters);
    for (let index = 0; index < depth; index++) {
      const from = index * pitch + first;
      floats.set(all.subarray(from, from + filters), index * filters);
    }
  }
  const to = heap.reserve(up(filters, 8) * depth * 4);
  heap.lend(floats, (from) => heap.engine.kernels.packFloats(from, to, depth, filters));
  return to;
}
