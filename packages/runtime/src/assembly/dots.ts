// Products by weights of several levels, through dot products of 16 bits.
import { Convolution } from './convolution';

/** The factors of a row of codes, 16 bits each; their sum. */
export function widen(c: Convolution, from: usize, to: usize): i32 {
  let total = i32x4.splat(0);
  const slope = i16x8.splat(<i16>c.slope),
    offset = i16x8.splat(<i16>c.offset);
  const end = from + <usize>c.size;
  if (c.mapping == 2) {
    for (; from < end; from++, to += 2) store<i16>(to, load<i16>(c.table + ((<usize>load<u8>(from)) << 1)));
    return 0;
  }
  for (; from < end; from += 16, to += 32) {
    const x = v128.load(from);
    let low = i16x8.extend_low_i8x16_u(x),
      high = i16x8.extend_high_i8x16_u(x);
    if (c.mapping) {
      low = i16x8.add(i16x8.mul(low, slope), offset);
      high = i16x8.add(i16x8.mul(high, slope), offset);
    }
    v128.store(to, low);
    v128.store(to, high, 16);
    total = i32x4.add(total, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(x)));
  }
  return (
    i32x4.extract_lane(total, 0) +
    i32x4.extract_lane(total, 1) +
    i32x4.extract_lane(total, 2) +
    i32x4.extract_lane(total, 3)
  );
}

/** a0 b0 + a1 b1 in each lane, a the two factors at `at`. */
function dot(at: usize, weights: v128): v128 {
  return i32x4.dot_i16x8_s(v128.load32_splat(at), weights);
}

/** Weights of 16 bits: for each block of 16 filters, each 2 channels [filter][channel]. */
export function dots(c: Convolution, x0: usize, x1: usize, y0: usize, y1: usize): void {
  const bytes = <usize>(c.size << 1);
  let w = c.weights;
  for (let block = 0; block < c.blocks; block++, y0 += 64, y1 += 64) {
    let a0 = i32x4.splat(0),
      a1 = a0,
      a2 = a0,
      a3 = a0,
      b0 = a0,
      b1 = a0,
      b2 = a0,
      b3 = a0;
    for (let a = x0, b = x1, end = x0 + bytes; a < end; a += 4, b += 4, w += 64) {
      const w0 = v128.load(w),
        w1 = v128.load(w, 16),
        w2 = v128.load(w, 32),
        w3 = v128.load(w, 48);
      let t = v128.load32_splat(a);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(t, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(t, w1));
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(t, w2));
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(t, w3));
      t = v128.load32_splat(b);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(t, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(t, w1));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(t, w2));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(t, w3));
    }
    put(y0, a0, a1, a2, a3);
    put(y1, b0, b1, b2, b3);
  }
}

/** Four vectors, one after the other. */
function put(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/**
 * Two filters in one weight, w + (v << 11), whose codes and the row's are so small that sums of 4 dot products stay below 2¹¹. For each
 * block of 8 filters, each 8 channels [pair][filter][channel], filters 4 to 7 above.
 */
export function fourDots(c: Convolution, x0: usize, x1: usize, y0: usize, y1: usize, rest0: i32, rest1: i32): void {
  const bytes = <usize>(c.size << 1);
  let w = c.weights;
  for (let block = 0; block < c.blocks; block++, y0 += 32, y1 += 32) {
    let low0 = i32x4.splat(0),
      high0 = low0,
      low1 = low0,
      high1 = low0;
    for (let a = x0, b = x1, end = x0 + bytes; a < end; a += 16, b += 16, w += 64) {
      const w0 = v128.load(w),
        w1 = v128.load(w, 16),
        w2 = v128.load(w, 32),
        w3 = v128.load(w, 48);
      const u = i32x4.add(i32x4.add(i32x4.add(dot(a, w0), dot(a + 4, w1)), dot(a + 8, w2)), dot(a + 12, w3));
      low0 = i32x4.add(low0, u);
      high0 = i32x4.add(high0, i32x4.shr_u(u, 11));
      const v = i32x4.add(i32x4.add(i32x4.add(dot(b, w0), dot(b + 4, w1)), dot(b + 8, w2)), dot(b + 12, w3));
      low1 = i32x4.add(low1, v);
      high1 = i32x4.add(high1, i32x4.shr_u(v, 11));
    }
    unpacked(y0, low0, high0, c.alpha, rest0);
    unpacked(y1, low1, high1, c.alpha, rest1);
  }
}

/** The two sums of what adds up packed; the upper ones are in `low` too. */
function unpacked(to: usize, low: v128, high: v128, alpha: i32, rest: i32): void {
  const factor = i32x4.splat(alpha),
    term = i32x4.splat(rest);
  v128.store(to, i32x4.add(i32x4.mul(i32x4.sub(low, i32x4.shl(high, 11)), factor), term));
  v128.store(to, i32x4.add(i32x4.mul(high, factor), term), 16);
}

/** The same where `steps` dot products stay below 2¹¹; for each block of 32 filters, each 2 channels, [8 filters] of two and two. */
export function manyDots(
  c: Convolution,
  x0: usize,
  x1: usize,
  y0: usize,
  y1: usize,
  rest0: i32,
  rest1: i32,
  sums: usize,
): void {
  const bytes = <usize>(c.size << 1),
    piece = <usize>(c.steps << 2);
  let w = c.weights;
  for (let block = 0; block < c.blocks; block++, y0 += 128, y1 += 128) {
    for (let at: usize = 0; at < 256; at += 16) v128.store(sums + at, i32x4.splat(0));
    for (let from: usize = 0; from < bytes; from += piece) {
      let a0 = i32x4.splat(0),
        a1 = a0,
        a2 = a0,
        a3 = a0,
        b0 = a0,
        b1 = a0,
        b2 = a0,
        b3 = a0;
      for (let a = x0 + from, b = x1 + from, end = x0 + min(bytes, from + piece); a < end; a += 4, b += 4, w += 64) {
        const w0 = v128.load(w),
          w1 = v128.load(w, 16),
          w2 = v128.load(w, 32),
          w3 = v128.load(w, 48);
        let t = v128.load32_splat(a);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(t, w0));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(t, w1));
        a2 = i32x4.add(a2, i32x4.dot_i16x8_s(t, w2));
        a3 = i32x4.add(a3, i32x4.dot_i16x8_s(t, w3));
        t = v128.load32_splat(b);
        b0 = i32x4.add(b0, i32x4.dot_i16x8_s(t, w0));
        b1 = i32x4.add(b1, i32x4.dot_i16x8_s(t, w1));
        b2 = i32x4.add(b2, i32x4.dot_i16x8_s(t, w2));
        b3 = i32x4.add(b3, i32x4.dot_i16x8_s(t, w3));
      }
      addPacked(sums, a0);
      addPacked(sums + 32, a1);
      addPacked(sums + 64, a2);
      addPacked(sums + 96, a3);
      addPacked(sums + 128, b0);
      addPacked(sums + 160, b1);
      addPacked(sums + 192, b2);
      addPacked(sums + 224, b3);
    }
    for (let at: usize = 0; at < 128; at += 32) {
      unpacked(y0 + at, v128.load(sums + at), v128.load(sums + at, 16), c.alpha, rest0);
      unpacked(y1 + at, v128.load(sums + at, 128), v128.load(sums + at, 144), c.alpha, rest1);
    }
  }
}

function addPacked(sums: usize, value: v128): void {
  v128.store(sums, i32x4.add(v128.load(sums), value));
  v128.store(sums, i32x4.add(v128.load(sums, 16), i32x4.shr_u(value, 11)), 16);
}
