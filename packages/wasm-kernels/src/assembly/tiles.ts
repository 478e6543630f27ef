// Products whose left side is read where it lies, by the addresses of its rows: 4 rows by 8 columns at a time.
import { COLUMNS } from './gemm';
import { madd } from './madd';

/** Bytes that `panels` needs for a tile that is not whole, and the addresses of its rows. */
export const TILE: usize = 144;

/**
 * Some rows of C, a multiple of 4, from all panels of B. A row of A is one piece for each tap: its addresses are `tapStep` bytes
 * apart, and those of row after row 4 bytes.
 */
export function panels(
  from: usize,
  tapStep: usize,
  to: usize,
  count: i32,
  b: usize,
  taps: i32,
  depth: i32,
  columns: i32,
  isFirst: bool,
  bias: usize,
  tile: usize,
): void {
  const panel = <usize>taps * ((<usize>depth) << 5),
    bytes = (<usize>count) << 2;
  let n = 0;
  for (; n + COLUMNS <= columns; n += COLUMNS, b += panel) {
    const at = (<usize>n) << 2;
    product(from, tapStep, to, bytes, at, b, taps, depth, isFirst, bias ? bias + at : 0);
  }
  if (n == columns) return;
  const at = (<usize>n) << 2,
    own = bias ? bias + at : 0,
    rows = tile + 128;
  for (let r: usize = 0; r < 4; r++) store<usize>(rows + (r << 2), tile + (r << 5));
  for (let i: usize = 0; i < bytes; i += 16) {
    product(from + i, tapStep, rows, 16, 0, b, taps, depth, true, 0);
    for (let r: usize = 0; r < 4; r++) {
      narrow(tile + (r << 5), load<usize>(to + i + (r << 2)) + at, columns - n, isFirst, own);
    }
  }
}

/**
 * 4 rows by 8 columns of C at a time, `at` bytes after the addresses in `to`: set to the product and the bias where it is the first
 * block, else added to. The rows' addresses take `bytes`.
 */
function product(
  from: usize,
  tapStep: usize,
  to: usize,
  bytes: usize,
  at: usize,
  b: usize,
  taps: i32,
  depth: i32,
  isFirst: bool,
  bias: usize,
): void {
  const piece = (<usize>depth) << 2;
  for (const end = from + bytes; from < end; from += 16, to += 16) {
    let s00 = f32x4.splat(0),
      s01 = s00,
      s10 = s00,
      s11 = s00,
      s20 = s00,
      s21 = s00,
      s30 = s00,
      s31 = s00;
    let rows = from,
      row = b;
    for (let t = 0; t < taps; t++, rows += tapStep) {
      let a0 = load<usize>(rows),
        a1 = load<usize>(rows, 4),
        a2 = load<usize>(rows, 8),
        a3 = load<usize>(rows, 12);
      for (const stop = a0 + piece; a0 < stop; a0 += 4, a1 += 4, a2 += 4, a3 += 4, row += 32) {
        const b0 = v128.load(row),
          b1 = v128.load(row, 16);
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
    }
    const c0 = load<usize>(to) + at,
      c1 = load<usize>(to, 4) + at,
      c2 = load<usize>(to, 8) + at,
      c3 = load<usize>(to, 12) + at;
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
}

/** What is left of a row at its end. */
function narrow(from: usize, to: usize, width: i32, isFirst: bool, bias: usize): void {
  for (let j: usize = 0; j < (<usize>width) << 2; j += 4) {
    const start: f32 = isFirst ? (bias ? load<f32>(bias + j) : 0) : load<f32>(to + j);
    store<f32>(to + j, start + load<f32>(from + j));
  }
}

function put(to: usize, low: v128, high: v128, lowStart: v128, highStart: v128): void {
  v128.store(to, f32x4.add(lowStart, low));
  v128.store(to, f32x4.add(highStart, high), 16);
}
