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

/** Of weights 0 and 1, for `lookups`: 4 channels a byte. `size` is the row's, a multiple of 16. */
export function packLookups(matrix: Matrix, bits: CodeTable, size: number): Uint8Array {
  const { filters, depth, pitch, first } = matrix;
  const packed = new Uint8Array((up(filters, 16) * size) / 4);
  const isByBytes = pitch % 8 === 0 && first % 8 === 0;
  if (matrix.bits && isByBytes && filters % 16 === 0 && depth === size && bits[0] !== bits[1]) {
    packBits(packed, matrix, matrix.bits, bits[0]! * 0x0f0f0f0f);
    return packed;
  }
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
  return packed;
}

/** SPREAD[4 · byte + k]: bits 2k and 2k + 1 of a byte, in 16 bits each. */
const SPREAD = Uint32Array.from({ length: 1024 }, (_, at) => {
  const pair = ((at >> 2) >> (2 * (at & 3))) & 3;
  return (pair & 1) | ((pair >> 1) << 16);
});

/** The same of whole blocks, from codes of one bit; `flip` makes weights of all codes at once. */
function packBits(packed: Uint8Array, matrix: Matrix, bits: Uint8Array, flip: number): void {
  const { filters, depth, pitch, first } = matrix;
  const spread = SPREAD;
  const to = new Uint32Array(packed.buffer);
  const step = pitch >> 3;
  let at = 0;
  for (let start = 0; start < depth; start += CHUNK) {
    const end = Math.min(depth, start + CHUNK);
    for (let block = first >> 3; block < (first + filters) >> 3; block += 2) {
      for (let index = start; index < end; index += 4, at += 4) {
        let w0 = flip;
        let w1 = flip;
        let w2 = flip;
        let w3 = flip;
        for (let place = 0, row = index * step + block; place < 4; place++, row += step) {
          const low = bits[row]! << 2;
          const high = bits[row + 1]! << 2;
          w0 ^= (spread[low]! | (spread[high]! << 8)) << place;
          w1 ^= (spread[low + 1]! | (spread[high + 1]! << 8)) << place;
          w2 ^= (spread[low + 2]! | (spread[high + 2]! << 8)) << place;
          w3 ^= (spread[low + 3]! | (spread[high + 3]! << 8)) << place;
        }
        to[at] = w0;
        to[at + 1] = w1;
        to[at + 2] = w2;
        to[at + 3] = w3;
      }
    }
  }
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
