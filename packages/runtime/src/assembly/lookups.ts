// Products by weights of two levels: a table has the sums of all subsets of 4 codes of a place, and 4 weights are the number of one. What
// is looked up adds up in 8 bits for 4 tables (codes up to 15), in 16 bits for the channels of a chunk.
import { Convolution } from './convolution';

/** Channels whose sums fit into 16 bits, and whose tables fit into the first-level cache. */
export const LOOKUP_CHUNK: i32 = 2048;

/** Bytes of the tables. */
export const TABLES: usize = <usize>LOOKUP_CHUNK * 8;

/** 16 entries of a table at once; the indices are less than 16, for which all hosts agree. */
function pick(table: v128, indices: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i8x16.relaxed_swizzle(table, indices) : v128.swizzle(table, indices);
}

/** The tables of `size` codes from `from` on, those of two places in turn; the sum of the codes. */
function tabulate(from: usize, size: i32, to: usize): i32 {
  let total = i32x4.splat(0);
  for (const end = from + <usize>size; from < end; from += 16, to += 128) {
    // in 16 bits two entries each: (0, a) and (b, a + b) of the first two codes of four, then of the last two
    const x = v128.load(from),
      odd = i16x8.shr_u(x, 8),
      low = i16x8.shl(x, 8),
      high = i16x8.add(i16x8.add(odd, low), i16x8.shl(odd, 8));
    total = i32x4.add(total, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(x)));
    const q = v128.shuffle<u16>(low, high, 0, 8, 1, 9, 2, 10, 3, 11),
      r = v128.shuffle<u16>(low, high, 4, 12, 5, 13, 6, 14, 7, 15);
    v128.store(to, first(q));
    v128.store(to, second(q), 32);
    v128.store(to, first(r), 64);
    v128.store(to, second(r), 96);
  }
  return (
    i32x4.extract_lane(total, 0) +
    i32x4.extract_lane(total, 1) +
    i32x4.extract_lane(total, 2) +
    i32x4.extract_lane(total, 3)
  );
}

/** Sums of 4 entries by those of another 4, which stand behind them: of the first half of a vector, and of the second. */
function first(q: v128): v128 {
  const twice = v128.shuffle<u8>(q, q, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  return i8x16.add(v128.shuffle<u32>(q, q, 0, 0, 0, 0), v128.shuffle<u16>(twice, twice, 4, 12, 5, 13, 6, 14, 7, 15));
}

function second(q: v128): v128 {
  const twice = v128.shuffle<u8>(q, q, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  return i8x16.add(v128.shuffle<u32>(q, q, 2, 2, 2, 2), v128.shuffle<u16>(twice, twice, 4, 12, 5, 13, 6, 14, 7, 15));
}

/**
 * Sums of two rows, to `to0` and `to1`. Weights: for each chunk of channels, each block of 16 filters, each 4 channels 16 bytes, the weights
 * of filters 0, 8, 1, 9, … as a number of 4 bits.
 */
export function lookups(c: Convolution, row0: usize, row1: usize, to0: usize, to1: usize, tables: usize): void {
  const bytes: usize = c.isShort ? 32 : 64;
  let w = c.weights;
  for (let k = 0; k < c.size; k += LOOKUP_CHUNK) {
    const size = min(LOOKUP_CHUNK, c.size - k);
    const rest0 = c.beta * tabulate(row0 + <usize>k, size, tables),
      rest1 = c.beta * tabulate(row1 + <usize>k, size, tables + 16);
    const step = <usize>(size << 2);
    for (let block = 0, y0 = to0, y1 = to1; block < c.blocks; block++, w += step, y0 += bytes, y1 += bytes) {
      let low0 = i16x8.splat(0),
        high0 = low0,
        low1 = low0,
        high1 = low0;
      // low gets whole lanes, whose upper bytes are what high gets too: the lower bytes are the difference
      for (let at = w, end = w + step, t = tables; at < end; at += 64, t += 128) {
        const i0 = v128.load(at),
          i1 = v128.load(at, 16),
          i2 = v128.load(at, 32),
          i3 = v128.load(at, 48);
        const v0 = i8x16.add(
          i8x16.add(i8x16.add(pick(v128.load(t), i0), pick(v128.load(t, 32), i1)), pick(v128.load(t, 64), i2)),
          pick(v128.load(t, 96), i3),
        );
        low0 = i16x8.add(low0, v0);
        high0 = i16x8.add(high0, i16x8.shr_u(v0, 8));
        const v1 = i8x16.add(
          i8x16.add(i8x16.add(pick(v128.load(t, 16), i0), pick(v128.load(t, 48), i1)), pick(v128.load(t, 80), i2)),
          pick(v128.load(t, 112), i3),
        );
        low1 = i16x8.add(low1, v1);
        high1 = i16x8.add(high1, i16x8.shr_u(v1, 8));
      }
      low0 = i16x8.sub(low0, i16x8.shl(high0, 8));
      low1 = i16x8.sub(low1, i16x8.shl(high1, 8));
      if (c.isShort) {
        put16(y0, low0, high0, c.alpha, rest0, k);
        put16(y1, low1, high1, c.alpha, rest1, k);
      } else {
        put32(y0, low0, high0, c.alpha, rest0, k);
        put32(y1, low1, high1, c.alpha, rest1, k);
      }
    }
  }
}

/** alpha · sums + rest, added to what is there but for the first chunk. */
function put16(to: usize, low: v128, high: v128, alpha: i32, rest: i32, k: i32): void {
  const factor = i16x8.splat(<i16>alpha),
    term = i16x8.splat(<i16>rest);
  low = i16x8.add(i16x8.mul(low, factor), term);
  high = i16x8.add(i16x8.mul(high, factor), term);
  if (k) {
    low = i16x8.add(low, v128.load(to));
    high = i16x8.add(high, v128.load(to, 16));
  }
  v128.store(to, low);
  v128.store(to, high, 16);
}

function put32(to: usize, low: v128, high: v128, alpha: i32, rest: i32, k: i32): void {
  const factor = i32x4.splat(alpha),
    term = i32x4.splat(rest);
  add32(to, i32x4.add(i32x4.mul(i32x4.extend_low_i16x8_u(low), factor), term), k);
  add32(to + 16, i32x4.add(i32x4.mul(i32x4.extend_high_i16x8_u(low), factor), term), k);
  add32(to + 32, i32x4.add(i32x4.mul(i32x4.extend_low_i16x8_u(high), factor), term), k);
  add32(to + 48, i32x4.add(i32x4.mul(i32x4.extend_high_i16x8_u(high), factor), term), k);
}

function add32(to: usize, value: v128, k: i32): void {
  v128.store(to, k ? i32x4.add(value, v128.load(to)) : value);
}
