// Products through relaxed dot products of 8 bits, whose second operand must be below 128 unless the host's probe has shown otherwise.
// The sums of these wait for what the host adds for beta: weights are as they are, and there is none.
import { Convolution } from './convolution';
import { putTwo } from './float';

/** Steps whose sums of 16 bits hold weights from −8 to 8 by codes up to 15. */
const STEPS: usize = 128;

/** Weights of 8 bits: for each block of 16 filters, each 4 channels [filter][channel]. */
export function relaxedShortDots(c: Convolution, r0: usize, r1: usize, y0: usize, y1: usize): void {
  if (!ASC_FEATURE_RELAXED_SIMD) return;
  const size = <usize>c.size;
  let w = c.weights;
  for (let block = 0; block < c.blocks; block++, y0 += 64, y1 += 64) {
    for (let from: usize = 0; from < size; from += STEPS * 4) {
      let a0 = i16x8.splat(0),
        a1 = a0,
        a2 = a0,
        a3 = a0,
        b0 = a0,
        b1 = a0,
        b2 = a0,
        b3 = a0;
      for (let a = r0 + from, b = r1 + from, end = r0 + min(size, from + STEPS * 4); a < end; a += 4, b += 4, w += 64) {
        const w0 = v128.load(w),
          w1 = v128.load(w, 16),
          w2 = v128.load(w, 32),
          w3 = v128.load(w, 48);
        let t = v128.load32_splat(a);
        a0 = i16x8.add(a0, i16x8.relaxed_dot_i8x16_i7x16_s(w0, t));
        a1 = i16x8.add(a1, i16x8.relaxed_dot_i8x16_i7x16_s(w1, t));
        a2 = i16x8.add(a2, i16x8.relaxed_dot_i8x16_i7x16_s(w2, t));
        a3 = i16x8.add(a3, i16x8.relaxed_dot_i8x16_i7x16_s(w3, t));
        t = v128.load32_splat(b);
        b0 = i16x8.add(b0, i16x8.relaxed_dot_i8x16_i7x16_s(w0, t));
        b1 = i16x8.add(b1, i16x8.relaxed_dot_i8x16_i7x16_s(w1, t));
        b2 = i16x8.add(b2, i16x8.relaxed_dot_i8x16_i7x16_s(w2, t));
        b3 = i16x8.add(b3, i16x8.relaxed_dot_i8x16_i7x16_s(w3, t));
      }
      addPairs(y0, a0, a1, a2, a3, from);
      addPairs(y1, b0, b1, b2, b3, from);
    }
  }
}

function addPairs(to: usize, a: v128, b: v128, c: v128, d: v128, from: usize): void {
  addPair(to, a, from);
  addPair(to + 16, b, from);
  addPair(to + 32, c, from);
  addPair(to + 48, d, from);
}

function addPair(to: usize, value: v128, from: usize): void {
  const sum = i32x4.extadd_pairwise_i16x8_s(value);
  v128.store(to, from ? i32x4.add(sum, v128.load(to)) : sum);
}

/** Places that `relaxedDots` takes at once: 12 sums, which hide that one dot product has to wait for the one before. */
export const RELAXED_PLACES: i32 = 6;

/**
 * Sums of 32 bits of six rows, those of a row `pitch` bytes behind those of the one before it. Weights of 8 bits: for each block of 8 filters, each
 * 4 channels [filter][channel].
 */
export function relaxedDots(
  c: Convolution,
  r0: usize,
  r1: usize,
  r2: usize,
  r3: usize,
  r4: usize,
  r5: usize,
  y: usize,
  pitch: usize,
): void {
  if (!ASC_FEATURE_RELAXED_SIMD) return;
  const size = <usize>c.size;
  let w = c.weights;
  for (let block = 0; block < c.blocks; block++, y += 32) {
    let a0 = i32x4.splat(0),
      a1 = a0,
      b0 = a0,
      b1 = a0,
      c0 = a0,
      c1 = a0,
      d0 = a0,
      d1 = a0,
      e0 = a0,
      e1 = a0,
      f0 = a0,
      f1 = a0;
    for (let at: usize = 0; at < size; at += 4, w += 32) {
      const low = v128.load(w),
        high = v128.load(w, 16);
      let t = v128.load32_splat(r0 + at);
      a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(low, t, a0);
      a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(high, t, a1);
      t = v128.load32_splat(r1 + at);
      b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(low, t, b0);
      b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(high, t, b1);
      t = v128.load32_splat(r2 + at);
      c0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(low, t, c0);
      c1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(high, t, c1);
      t = v128.load32_splat(r3 + at);
      d0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(low, t, d0);
      d1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(high, t, d1);
      t = v128.load32_splat(r4 + at);
      e0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(low, t, e0);
      e1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(high, t, e1);
      t = v128.load32_splat(r5 + at);
      f0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(low, t, f0);
      f1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(high, t, f1);
    }
    putTwo(y, a0, a1);
    putTwo(y + pitch, b0, b1);
    putTwo(y + pitch * 2, c0, c1);
    putTwo(y + pitch * 3, d0, d1);
    putTwo(y + pitch * 4, e0, e1);
    putTwo(y + pitch * 5, f0, f1);
  }
}

/** i8x16.relaxed_dot of all the same numbers: what it gives where the second is above 127 tells the hosts apart. */
export function relaxedDotProbe(a: i32, b: i32, sum: i32): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 0;
  const value = i32x4.relaxed_dot_i8x16_i7x16_add_s(i8x16.splat(<i8>a), i8x16.splat(<i8>b), i32x4.splat(sum));
  return i32x4.extract_lane(value, 0);
}

export function relaxedShortDotProbe(a: i32, b: i32): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 0;
  return i16x8.extract_lane_s(i16x8.relaxed_dot_i8x16_i7x16_s(i8x16.splat(<i8>a), i8x16.splat(<i8>b)), 0);
}

export function relaxedSwizzleProbe(index: i32): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 0;
  const table = i8x16(7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67);
  return i8x16.extract_lane_u(i8x16.relaxed_swizzle(table, i8x16.splat(<i8>index)), 0);
}
