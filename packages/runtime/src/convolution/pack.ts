/** The filters of a kernel that one product computes; the weights under the window are in the order of the row that they are multiplied by. */
export interface Matrix {
  readonly filters: number;
  /** Weights of a filter. */
  readonly depth: number;
  /** Codes or float32 weights: that of a filter at an index is data[index · pitch + first + filter]. */
  readonly data: Uint8Array | Float32Array;
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

/** Of weights 0 and 1, for `lookups`: 4 channels a byte. `size` is the row's, a multiple of 16. */
export function packLookups(matrix: Matrix, bits: CodeTable, size: number): Uint8Array {
  const { filters, depth, data, pitch, first } = matrix;
  const packed = new Uint8Array((up(filters, 16) * size) / 4);
  if (filters % 16 === 0 && depth === size && bits.length === 2 && bits[0] !== bits[1]) {
    packWords(packed, matrix, bits[0]! * 0x01010101);
    return packed;
  }
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
  return packed;
}

/** The same of whole blocks, 4 filters at a time; `flip` turns the codes of 4 filters into bits. Codes are 0 and 1. */
function packWords(packed: Uint8Array, { filters, depth, data, pitch, first }: Matrix, flip: number): void {
  // rows of words, which the codes may not lie as
  const isAligned = data.byteOffset % 4 === 0 && pitch % 4 === 0 && first % 4 === 0;
  const rows = isAligned
    ? new Uint32Array(data.buffer, data.byteOffset, data.length >> 2)
    : words(data, pitch, first, filters);
  const step = (isAligned ? pitch : filters) >> 2;
  const offset = isAligned ? first >> 2 : 0;
  const to = new Uint32Array(packed.buffer);
  let at = 0;
  for (let start = 0; start < depth; start += CHUNK) {
    const end = Math.min(depth, start + CHUNK);
    for (let block = offset; block < offset + (filters >> 2); block += 4) {
      for (let index = start; index < end; index += 4, at += 4) {
        const row = index * step + block;
        for (let half = 0; half < 2; half++) {
          const low = nibbles(rows, row + half, step, flip);
          const high = nibbles(rows, row + half + 2, step, flip);
          to[at + 2 * half] = (low & 0xff) | ((high & 0xff) << 8) | ((low & 0xff00) << 8) | ((high & 0xff00) << 16);
          to[at + 2 * half + 1] =
            ((low >>> 16) & 0xff) | ((high >>> 8) & 0xff00) | ((low >>> 8) & 0xff0000) | (high & 0xff000000);
        }
      }
    }
  }
}

/** The bits of 4 rows of 4 filters as a number of 4 bits for each filter. */
function nibbles(rows: Uint32Array, at: number, step: number, flip: number): number {
  const low = (rows[at]! ^ flip) | ((rows[at + step]! ^ flip) << 1);
  return low | ((rows[at + 2 * step]! ^ flip) << 2) | ((rows[at + 3 * step]! ^ flip) << 3);
}

/** The codes of some filters, one row after the other. */
function words(data: Matrix['data'], pitch: number, first: number, filters: number): Uint32Array {
  const rows = data.length / pitch;
  const bytes = new Uint8Array(rows * filters);
  for (let row = 0; row < rows; row++) {
    bytes.set(data.subarray(row * pitch + first, row * pitch + first + filters), row * filters);
  }
  return new Uint32Array(bytes.buffer);
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

/** Of floats, for `floatProducts`: blocks of 8 filters. Codes become the numbers of the table. */
export function packFloats({ filters, depth, data, pitch, first }: Matrix, table?: CodeTable): Float32Array {
  const packed = new Float32Array(up(filters, 8) * depth);
  for (let block = 0; block < filters; block += 8) {
    const some = Math.min(8, filters - block);
    for (let index = 0; index < depth; index++) {
      const row = index * pitch + first + block;
      const at = block * depth + index * 8;
      for (let filter = 0; filter < some; filter++) {
        const weight = data[row + filter]!;
        packed[at + filter] = table ? table[weight]! : weight;
      }
    }
  }
  return packed;
}
