// Products with a tall left side that is read where it lies: 1×1 convolutions and their input gradients. Every row of C is
// written once for each block of the inner dimension, and nothing is cleared first.
import { COLUMNS, DEPTH, packB, packedBytes, ROWS } from './gemm';
import { panels, TILE } from './tiles';

/** Floats of A that are kept in the first-level cache while the panels of B pass by. */
const RESIDENT: i32 = 4096;
/** Most rows at a time. */
const MOST: i32 = 64;

/** Bytes of scratch memory that `pointwise` needs: packed B, a tile, a row of C that stands for none, the rows' addresses. */
export function pointwiseScratch(columns: i32): usize {
  return packedBytes(DEPTH, columns) + TILE + packedBytes(1, columns) + <usize>MOST * 8;
}

/**
 * Rows of C[m, n] = A[m, k] B[k, n] + bias, B given as it is or transposed, bias 0 for none. A's rows, or C's where
 * `scatters`, are the pixels of images [height, width] at every `stride`-th row and column; the others lie one after another.
 */
export function pointwise(
  a: usize,
  b: usize,
  c: usize,
  m: i32,
  k: i32,
  n: i32,
  transposeB: bool,
  bias: usize,
  height: i32,
  width: i32,
  stride: i32,
  scatters: bool,
  scratch: usize,
): void {
  const tile = scratch + packedBytes(DEPTH, n),
    spare = tile + TILE,
    rowsA = spare + packedBytes(1, n),
    rowsC = rowsA + <usize>MOST * 4;
  const pixelA = (<usize>k) << 2,
    pixelC = (<usize>n) << 2;
  // where all of B stays in the cache, whole rows of C are written one after the other
  const count = k * n <= RESIDENT && n > 16 ? ROWS : max(ROWS, min(MOST, (RESIDENT / max(1, min(k, DEPTH))) & ~3));
  // also an empty sum is written once
  let k0 = 0;
  do {
    const depth = min(DEPTH, k - k0);
    if (transposeB) packB(b + ((<usize>k0) << 2), 1, k, depth, n, scratch);
    else packB(b + ((<usize>(k0 * n)) << 2), n, 1, depth, n, scratch);
    for (let i = 0; i < m; i += count) {
      const rows = min(count, m - i);
      addresses(rowsA, i, rows, a + ((<usize>k0) << 2), pixelA, height, width, scatters ? 1 : stride);
      addresses(rowsC, i, rows, c, pixelC, height, width, scatters ? stride : 1);
      // a last tile that is not full repeats its last row and writes it nowhere
      for (let r = rows; r & 3; r++) {
        store<usize>(rowsA + ((<usize>r) << 2), load<usize>(rowsA + ((<usize>(rows - 1)) << 2)));
        store<usize>(rowsC + ((<usize>r) << 2), spare);
      }
      panels(rowsA, 0, rowsC, rows, scratch, 1, depth, n, k0 == 0, bias, tile);
    }
    k0 += DEPTH;
  } while (k0 < k);
}

/** Addresses of rows first … of `base`, which lie `pixel` bytes apart, or strided in images. */
function addresses(
  table: usize,
  first: i32,
  rows: i32,
  base: usize,
  pixel: usize,
  height: i32,
  width: i32,
  stride: i32,
): void {
  if (stride == 1) {
    let at = base + <usize>first * pixel;
    for (let r = 0; r < rows; r++, at += pixel) store<usize>(table + ((<usize>r) << 2), at);
    return;
  }
  const columns = (width + stride - 1) / stride,
    lines = (height + stride - 1) / stride;
  for (let r = 0; r < rows; r++) {
    const i = first + r,
      line = i / columns,
      image = line / lines;
    const y = (line - image * lines) * stride,
      x = (i - line * columns) * stride;
    store<usize>(table + ((<usize>r) << 2), base + <usize>((image * height + y) * width + x) * pixel);
  }
}
