// Products with a tall left side that is read where it lies: 1×1 convolutions and their input gradients. Every row of C is
// written once for each block of the inner dimension, and nothing is cleared first.
import { COLUMNS, DEPTH, packB, packedBytes, ROWS } from './gemm';
import { madd } from './madd';

/** Floats of A that are kept in the first-level cache while the panels of B pass by. */
const RESIDENT: i32 = 4096;
/** Most rows at a time. */
const MOST: i32 = 64;

/** Bytes of scratch memory that `pointwise` needs: packed B, a tile, a row of C that stands for none, the rows' addresses. */
export function pointwiseScratch(columns: i32): usize {
  return packedBytes(DEPTH, columns) + 128 + packedBytes(1, columns) + <usize>MOST * 8;
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
    spare = tile + 128,
    rowsA = spare + packedBytes(1, n),
    rowsC = rowsA + <usize>MOST * 4;
  const pixelA = (<usize>k) << 2,
    pixelC = (<usize>n) << 2;
  const count = max(ROWS, min(MOST, (RESIDENT / min(k, DEPTH)) & ~3));
  for (let k0 = 0; k0 < k; k0 += DEPTH) {
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
      panels(rowsA, rowsC, rows, scratch, depth, n, k0 == 0, bias, tile);
    }
  }
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

/** Some rows of C from all panels of B. */
function panels(
  rowsA: usize,
  rowsC: usize,
  rows: i32,
  b: usize,
  depth: i32,
  n: i32,
  isFirst: bool,
  bias: usize,
  tile: usize,
): void {
  const panel = (<usize>depth) << 5;
  const end = rowsA + ((<usize>rows) << 2);
  for (let j = 0; j < n; j += COLUMNS, b += panel) {
    const at = (<usize>j) << 2;
    const isWhole = j + COLUMNS <= n;
    for (let p = rowsA, q = rowsC; p < end; p += 16, q += 16) {
      const c0 = load<usize>(q) + at,
        c1 = load<usize>(q, 4) + at,
        c2 = load<usize>(q, 8) + at,
        c3 = load<usize>(q, 12) + at;
      if (isWhole) {
        product(p, b, depth, c0, c1, c2, c3, isFirst, bias ? bias + at : 0);
        continue;
      }
      memory.fill(tile, 0, 128);
      product(p, b, depth, tile, tile + 32, tile + 64, tile + 96, true, 0);
      narrow(tile, c0, n - j, isFirst, bias ? bias + at : 0);
      narrow(tile + 32, c1, n - j, isFirst, bias ? bias + at : 0);
      narrow(tile + 64, c2, n - j, isFirst, bias ? bias + at : 0);
      narrow(tile + 96, c3, n - j, isFirst, bias ? bias + at : 0);
    }
  }
}

/** What is left of a row at its end. */
function narrow(from: usize, to: usize, width: i32, isFirst: bool, bias: usize): void {
  for (let j: usize = 0; j < (<usize>width) << 2; j += 4) {
    const start: f32 = isFirst ? (bias ? load<f32>(bias + j) : 0) : load<f32>(to + j);
    store<f32>(to + j, start + load<f32>(from + j));
  }
}

/** 4 rows by 8 columns of C: set to the product and the bias where it is the first block, else added to. */
function product(
  rowsA: usize,
  b: usize,
  depth: i32,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  isFirst: bool,
  bias: usize,
): void {
  let a0 = load<usize>(rowsA),
    a1 = load<usize>(rowsA, 4),
    a2 = load<usize>(rowsA, 8),
    a3 = load<usize>(rowsA, 12);
  let s00 = f32x4.splat(0),
    s01 = s00,
    s10 = s00,
    s11 = s00,
    s20 = s00,
    s21 = s00,
    s30 = s00,
    s31 = s00;
  for (const end = a0 + ((<usize>depth) << 2); a0 < end; a0 += 4, a1 += 4, a2 += 4, a3 += 4, b += 32) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    let s = v128.load32_splat(a0);
    s00 = madd(s, b0, s00);
    s01 = madd(s, b1, s01);
    s = v128.load32_splat(a1);
    s10 = madd(s, b0, s10);
    s11 = madd(s, b1, s11);
    s = v128.load32_splat(a2);
    s20 = madd(s, b0, s20);
    s21 = madd(s, b1, s21);
    s = v128.load32_splat(a3);
    s30 = madd(s, b0, s30);
    s31 = madd(s, b1, s31);
  }
  if (isFirst) {
    const low = bias ? v128.load(bias) : f32x4.splat(0),
      high = bias ? v128.load(bias, 16) : f32x4.splat(0);
    put(c0, s00, s01, low, high);
    put(c1, s10, s11, low, high);
    put(c2, s20, s21, low, high);
    put(c3, s30, s31, low, high);
  } else {
    put(c0, s00, s01, v128.load(c0), v128.load(c0, 16));
    put(c1, s10, s11, v128.load(c1), v128.load(c1, 16));
    put(c2, s20, s21, v128.load(c2), v128.load(c2, 16));
    put(c3, s30, s31, v128.load(c3), v128.load(c3, 16));
  }
}

function put(to: usize, low: v128, high: v128, lowStart: v128, highStart: v128): void {
  v128.store(to, f32x4.add(lowStart, low));
  v128.store(to, f32x4.add(highStart, high), 16);
}

/** Rows whose pixels on both sides stay in the first-level cache. */
const BLOCK: i32 = 64;

/**
 * dW[c, f] = Σ x[i, c] dy[i, f] over m rows: tiles of 4 by 8, read where they lie. For c a multiple of 4, f of 8, and both so
 * few that a block of rows stays in the cache.
 */
export function pointwiseFilterGradient(x: usize, dy: usize, dw: usize, m: i32, channels: i32, filters: i32): void {
  const stepX = (<usize>channels) << 2,
    stepY = (<usize>filters) << 2;
  memory.fill(dw, 0, (<usize>(channels * filters)) << 2);
  for (let i = 0; i < m; i += BLOCK) {
    const rows = min(BLOCK, m - i);
    for (let c = 0; c < channels; c += ROWS) {
      const row = dw + ((<usize>(c * filters)) << 2);
      for (let f = 0; f < filters; f += COLUMNS) {
        const at = (<usize>f) << 2;
        outer(x + ((<usize>c) << 2), dy + at, row + at, rows, stepX, stepY);
      }
    }
    x += <usize>rows * stepX;
    dy += <usize>rows * stepY;
  }
}

/** Adds to 4 rows of dW, which lie `stepY` bytes apart, 8 columns of the product over some rows. */
function outer(x: usize, dy: usize, dw: usize, rows: i32, stepX: usize, stepY: usize): void {
  let s00 = f32x4.splat(0),
    s01 = s00,
    s10 = s00,
    s11 = s00,
    s20 = s00,
    s21 = s00,
    s30 = s00,
    s31 = s00;
  for (const end = x + <usize>rows * stepX; x < end; x += stepX, dy += stepY) {
    const b0 = v128.load(dy),
      b1 = v128.load(dy, 16);
    let s = v128.load32_splat(x);
    s00 = madd(s, b0, s00);
    s01 = madd(s, b1, s01);
    s = v128.load32_splat(x, 4);
    s10 = madd(s, b0, s10);
    s11 = madd(s, b1, s11);
    s = v128.load32_splat(x, 8);
    s20 = madd(s, b0, s20);
    s21 = madd(s, b1, s21);
    s = v128.load32_splat(x, 12);
    s30 = madd(s, b0, s30);
    s31 = madd(s, b1, s31);
  }
  accumulate(dw, s00, s01);
  accumulate(dw + stepY, s10, s11);
  accumulate(dw + 2 * stepY, s20, s21);
  accumulate(dw + 3 * stepY, s30, s31);
}

function accumulate(to: usize, low: v128, high: v128): void {
  put(to, low, high, v128.load(to), v128.load(to, 16));
}
