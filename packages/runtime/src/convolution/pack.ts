/** A product's kernel as rows for each filter: the weights under the window in the order of the row that they are multiplied by. */
export interface Matrix {
  readonly filters: number;
  /** Weights of a row. */
  readonly depth: number;
  readonly weight: (filter: number, index: number) => number;
}

const up = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/** Blocks of filters that a packing has. */
export const blocksOf = (filters: number, width: number) => Math.ceil(filters / width);

// of the kernels' sources
const CHUNK = 2048;

/** Of weights 0 and 1, for `lookups`: 4 channels a byte. `size` is the row's, a multiple of 16. */
export function packLookups({ filters, depth, weight }: Matrix, size: number): Uint8Array {
  const blocks = blocksOf(filters, 16);
  const packed = new Uint8Array(blocks * size * 4);
  let at = 0;
  for (let start = 0; start < size; start += CHUNK) {
    const end = Math.min(size, start + CHUNK);
    for (let block = 0; block < blocks; block++) {
      for (let index = start; index < end; index += 4) {
        for (let lane = 0; lane < 16; lane++) {
          const filter = block * 16 + ((lane & 1) << 3) + (lane >> 1);
          let bits = 0;
          if (filter < filters) {
            const stop = Math.min(index + 4, depth);
            for (let i = index; i < stop; i++) bits |= weight(filter, i) << (i - index);
          }
          packed[at++] = bits;
        }
      }
    }
  }
  return packed;
}

/** `count` neighbours of a row for each of the filters of a block, in numbers made by `at`. */
function pack<A extends Int8Array | Int16Array>(
  packed: A,
  { filters, depth, weight }: Matrix,
  { size, width, count }: { size: number; width: number; count: number },
): A {
  let at = 0;
  for (let block = 0; block < filters; block += width) {
    for (let index = 0; index < size; index += count) {
      for (let filter = block; filter < block + width; filter++) {
        for (let i = index; i < index + count; i++, at++) {
          if (filter < filters && i < depth) packed[at] = weight(filter, i);
        }
      }
    }
  }
  return packed;
}

/** Of weights of 16 bits, for `dots`. */
export function packDots(matrix: Matrix, size: number): Int16Array {
  const packed = new Int16Array(up(matrix.filters, 16) * size);
  return pack(packed, matrix, { size, width: 16, count: 2 });
}

/** Of weights of 8 bits, for the relaxed dot products. */
export function packBytes(matrix: Matrix, size: number): Int8Array {
  const packed = new Int8Array(up(matrix.filters, 16) * size);
  return pack(packed, matrix, { size, width: 16, count: 4 });
}

/** Two filters in one number, w + (v << 11), for `fourDots` and `manyDots`: the others of 8 filters stand 4 behind. */
export function packPairs({ filters, depth, weight }: Matrix, size: number, width: 8 | 32): Int16Array {
  const padded = up(filters, width);
  const packed = new Int16Array((padded / 2) * size);
  const at = (filter: number, index: number) => (filter < filters && index < depth ? weight(filter, index) : 0);
  const pairs: Matrix = {
    filters: padded / 2,
    depth,
    weight: (pair, index) => {
      const filter = (pair >> 2) * 8 + (pair & 3);
      return at(filter, index) + (at(filter + 4, index) << 11);
    },
  };
  return pack(packed, pairs, { size, width: width / 2, count: 2 });
}

/** Of floats, for `floatProducts`: blocks of 8 filters. */
export function packFloats({ filters, depth, weight }: Matrix): Float32Array {
  const packed = new Float32Array(up(filters, 8) * depth);
  let at = 0;
  for (let block = 0; block < filters; block += 8) {
    for (let index = 0; index < depth; index++) {
      for (let filter = block; filter < block + 8; filter++, at++) {
        if (filter < filters) packed[at] = weight(filter, index);
      }
    }
  }
  return packed;
}
