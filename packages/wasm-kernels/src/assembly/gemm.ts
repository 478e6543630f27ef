// The register tile that every product here is made of: 4 rows by 8 columns of C += A B over at most DEPTH steps of the
// inner dimension. A is packed to panels of 4 rows, B to panels of 8 columns, both zero beyond the edge, and the rows of C
// are given by their addresses, so that a convolution can add to rows that lie apart.
import { madd } from './madd';

/** Steps of the inner dimension that are packed at a time: 4 rows and 8 columns of them stay in the first-level cache. */
export const DEPTH: i32 = 256;

export const ROWS: i32 = 4;
export const COLUMNS: i32 = 8;

/** Bytes of B packed to panels of 8 columns. */
export function packedBytes(depth: i32, columns: i32): usize {
  return (<usize>(depth * ((columns + 7) & ~7))) << 2;
}

/** Packs `depth` by `columns` of B to panels of 8 columns; element (k, n) lies `k * strideK + n * strideN` floats from b. */
export function packB(b: usize, strideK: i32, strideN: i32, depth: i32, columns: i32, to: usize): void {
  const stepK = (<usize>strideK) << 2,
    stepN = (<usize>strideN) << 2;
  for (let n = 0; n < columns; n += COLUMNS) {
    let row = b + <usize>n * stepN;
    if (strideN == 1 && n + COLUMNS <= columns) {
      for (let k = 0; k < depth; k++) {
        v128.store(to, v128.load(row));
        v128.store(to, v128.load(row, 16), 16);
        row += stepK;
        to += 32;
      }
      continue;
    }
    const width = min(COLUMNS, columns - n);
    for (let k = 0; k < depth; k++) {
      let at = row;
      for (let j = 0; j < COLUMNS; j++) {
        store<f32>(to, j < width ? load<f32>(at) : 0);
        at += stepN;
        to += 4;
      }
      row += stepK;
    }
  }
}

/** Packs `rows` (at most 4) by `depth` of A; element (i, k) lies `i * strideI + k * strideK` floats from a. */
export function packA(a: usize, strideI: i32, strideK: i32, rows: i32, depth: i32, to: usize): void {
  const stepI = (<usize>strideI) << 2,
    stepK = (<usize>strideK) << 2;
  if (strideI == 1 && rows == ROWS) {
    for (let k = 0; k < depth; k++) {
      v128.store(to, v128.load(a));
      a += stepK;
      to += 16;
    }
    return;
  }
  if (rows == ROWS) {
    const a1 = stepI,
      a2 = 2 * stepI,
      a3 = 3 * stepI;
    for (let k = 0; k < depth; k++) {
      store<f32>(to, load<f32>(a));
      store<f32>(to, load<f32>(a + a1), 4);
      store<f32>(to, load<f32>(a + a2), 8);
      store<f32>(to, load<f32>(a + a3), 12);
      a += stepK;
      to += 16;
    }
    return;
  }
  for (let k = 0; k < depth; k++) {
    for (let i = 0; i < ROWS; i++) store<f32>(to + ((<usize>i) << 2), i < rows ? load<f32>(a + <usize>i * stepI) : 0);
    a += stepK;
    to += 16;
  }
}

function tile(a: usize, b: usize, depth: i32, r0: usize, r1: usize, r2: usize, r3: usize): void {
  let c00 = f32x4.splat(0),
    c01 = c00,
    c10 = c00,
    c11 = c00,
    c20 = c00,
    c21 = c00,
    c30 = c00,
    c31 = c00;
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = madd(s, b0, c00);
    c01 = madd(s, b1, c01);
    s = v128.load32_splat(a, 4);
    c10 = madd(s, b0, c10);
    c11 = madd(s, b1, c11);
    s = v128.load32_splat(a, 8);
    c20 = madd(s, b0, c20);
    c21 = madd(s, b1, c21);
    s = v128.load32_splat(a, 12);
    c30 = madd(s, b0, c30);
    c31 = madd(s, b1, c31);
    a += 16;
    b += 32;
  }
  add(r0, c00, c01);
  add(r1, c10, c11);
  add(r2, c20, c21);
  add(r3, c30, c31);
}

/** Adds two vectors to those that lie one after the other. */
export function add(row: usize, low: v128, high: v128): void {
  v128.store(row, f32x4.add(v128.load(row), low));
  v128.store(row, f32x4.add(v128.load(row, 16), high), 16);
}

/**
 * Adds a panel of A times all panels of B to `rows` (at most 4) rows of C.
 *
 * @param table addresses of the rows of C
 * @param spare room for one tile (128 bytes)
 */
export function addPanel(a: usize, b: usize, depth: i32, rows: i32, columns: i32, table: usize, spare: usize): void {
  const r0 = load<usize>(table),
    r1 = load<usize>(table, 4),
    r2 = load<usize>(table, 8),
    r3 = load<usize>(table, 12);
  const panel = (<usize>depth) << 5;
  const whole = rows == ROWS ? columns & ~7 : 0;
  let n = 0;
  for (; n < whole; n += COLUMNS) {
    const at = (<usize>n) << 2;
    tile(a, b, depth, r0 + at, r1 + at, r2 + at, r3 + at);
    b += panel;
  }
  for (; n < columns; n += COLUMNS) {
    memory.fill(spare, 0, 128);
    tile(a, b, depth, spare, spare + 32, spare + 64, spare + 96);
    const width = min(COLUMNS, columns - n);
    for (let i = 0; i < rows; i++) {
      const row = load<usize>(table + ((<usize>i) << 2)) + ((<usize>n) << 2);
      for (let j = 0; j < width; j++) {
        const at = row + ((<usize>j) << 2);
        store<f32>(at, load<f32>(at) + load<f32>(spare + <usize>((i << 5) + (j << 2))));
      }
    }
    b += panel;
  }
}
