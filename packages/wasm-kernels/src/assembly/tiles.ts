// Products whose left side is read where it lies, by the addresses of its rows: 4 rows by 8 columns at a time.
import { COLUMNS } from './gemm';
import { madd } from './madd';

/**
 * Some rows of C from all panels of B. A row of A is one piece for each tap: its addresses are `tapStep` bytes apart, and those of
 * row after row 4 bytes.
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
  const panel = <usize>taps * ((<usize>depth) << 5);
  for (let n = 0; n < columns; n += COLUMNS, b += panel) {
    const at = (<usize>n) << 2,
      own = bias ? bias + at : 0;
    const isWhole = n + COLUMNS <= columns;
    for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
      const q = to + i;
      const c0 = load<usize>(q) + at,
        c1 = load<usize>(q, 4) + at,
        c2 = load<usize>(q, 8) + at,
        c3 = load<usize>(q, 12) + at;
      if (isWhole) {
        product(from + i, tapStep, b, taps, depth, c0, c1, c2, c3, isFirst, own);
        continue;
      }
      product(from + i, tapStep, b, taps, depth, tile, tile + 32, tile + 64, tile + 96, true, 0);
      narrow(tile, c0, columns - n, isFirst, own);
      narrow(tile + 32, c1, columns - n, isFirst, own);
      narrow(tile + 64, c2, columns - n, isFirst, own);
      narrow(tile + 96, c3, columns - n, isFirst, own);
    }
  }
}

/** 4 rows by 8 columns of C: set to the product and the bias where it is the first block, else added to. */
function product(
  from: usize,
  tapStep: usize,
  b: usize,
  taps: i32,
  depth: i32,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  isFirst: bool,
  bias: usize,
): void {
  let s00 = f32x4.splat(0),
    s01 = s00,
    s10 = s00,
    s11 = s00,
    s20 = s00,
    s21 = s00,
    s30 = s00,
    s31 = s00;
  const bytes = (<usize>depth) << 2;
  for (let t = 0; t < taps; t++, from += tapStep) {
    let a0 = load<usize>(from),
      a1 = load<usize>(from, 4),
      a2 = load<usize>(from, 8),
      a3 = load<usize>(from, 12);
    for (const end = a0 + bytes; a0 < end; a0 += 4, a1 += 4, a2 += 4, a3 += 4, b += 32) {
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

/** What is left of a row at its end. */
function narrow(from: usize, to: usize, width: i32, isFirst: bool, bias: usize): void {
  for (let j: usize = 0; j < (<usize>width) << 2; j += 4) {
    const start: f32 = isFirst ? (bias ? load<f32>(bias + j) : 0) : load<f32>(to + j);
    store<f32>(to + j, start + load<f32>(from + j));
  }
}

export function put(to: usize, low: v128, high: v128, lowStart: v128, highStart: v128): void {
  v128.store(to, f32x4.add(lowStart, low));
  v128.store(to, f32x4.add(highStart, high), 16);
}
