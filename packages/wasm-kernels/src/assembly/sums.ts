// Sums and means over one axis.
import { addRow } from './rows';

/**
 * Long sums are made of the sums of BLOCK sums of BLOCK numbers, which keeps their rounding errors small: a sum of n equal floats
 * would else lose about log2(n) bits.
 */
const BLOCK: i32 = 256;

/**
 * y[outer, inner] = the sum over the middle axis of x[outer, count, inner], divided by `divisor`.
 *
 * @param scratch room for one row of `inner` floats
 */
export function sumMiddle(x: usize, y: usize, outer: i32, count: i32, inner: i32, divisor: f32, scratch: usize): void {
  const step = (<usize>inner) << 2;
  memory.fill(y, 0, <usize>outer * step);
  for (let o = 0; o < outer; o++) {
    for (let part = 0; part < count; part += BLOCK * BLOCK) {
      const end = min(part + BLOCK * BLOCK, count);
      memory.fill(scratch, 0, step);
      for (let first = part; first < end; first += BLOCK) {
        addBlock(x + <usize>first * step, scratch, min(BLOCK, end - first), inner);
      }
      addRow(y, scratch, inner);
    }
    x += <usize>count * step;
    y += step;
  }
  if (divisor == 1) return;
  for (let at = y - <usize>outer * step; at < y; at += 4) store<f32>(at, load<f32>(at) / divisor);
}

function addBlock(x: usize, y: usize, rows: i32, inner: i32): void {
  const step = (<usize>inner) << 2;
  let i = 0;
  for (; i + 16 <= inner; i += 16) {
    let at = x + ((<usize>i) << 2);
    let s0 = f32x4.splat(0),
      s1 = s0,
      s2 = s0,
      s3 = s0;
    for (let r = 0; r < rows; r++) {
      s0 = f32x4.add(s0, v128.load(at));
      s1 = f32x4.add(s1, v128.load(at, 16));
      s2 = f32x4.add(s2, v128.load(at, 32));
      s3 = f32x4.add(s3, v128.load(at, 48));
      at += step;
    }
    const to = y + ((<usize>i) << 2);
    v128.store(to, f32x4.add(v128.load(to), s0));
    v128.store(to, f32x4.add(v128.load(to, 16), s1), 16);
    v128.store(to, f32x4.add(v128.load(to, 32), s2), 32);
    v128.store(to, f32x4.add(v128.load(to, 48), s3), 48);
  }
  for (; i + 4 <= inner; i += 4) {
    let at = x + ((<usize>i) << 2),
      sum = f32x4.splat(0);
    for (let r = 0; r < rows; r++) {
      sum = f32x4.add(sum, v128.load(at));
      at += step;
    }
    const to = y + ((<usize>i) << 2);
    v128.store(to, f32x4.add(v128.load(to), sum));
  }
  for (; i < inner; i++) {
    let at = x + ((<usize>i) << 2),
      sum: f32 = 0;
    for (let r = 0; r < rows; r++) {
      sum += load<f32>(at);
      at += step;
    }
    const to = y + ((<usize>i) << 2);
    store<f32>(to, load<f32>(to) + sum);
  }
}

/** Floats of which a vector sum in 4 registers takes BLOCK each. */
const LANES: i32 = 16 * BLOCK;

/** y[outer] = the sum of each row of x[outer, count], divided by `divisor`. */
export function sumLast(x: usize, y: usize, outer: i32, count: i32, divisor: f32): void {
  for (let o = 0; o < outer; o++, y += 4) {
    let total: f32 = 0;
    for (let part = count; part > 0; part -= LANES * BLOCK) {
      let sum: f32 = 0;
      for (let left = min(part, LANES * BLOCK); left > 0; left -= LANES) {
        const size = min(left, LANES);
        sum += sumOf(x, size);
        x += (<usize>size) << 2;
      }
      total += sum;
    }
    store<f32>(y, total / divisor);
  }
}

function sumOf(x: usize, size: i32): f32 {
  const end = x + ((<usize>size) << 2);
  let s0 = f32x4.splat(0),
    s1 = s0,
    s2 = s0,
    s3 = s0;
  for (; x + 64 <= end; x += 64) {
    s0 = f32x4.add(s0, v128.load(x));
    s1 = f32x4.add(s1, v128.load(x, 16));
    s2 = f32x4.add(s2, v128.load(x, 32));
    s3 = f32x4.add(s3, v128.load(x, 48));
  }
  for (; x + 16 <= end; x += 16) s0 = f32x4.add(s0, v128.load(x));
  const all = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  const low = f32x4.extract_lane(all, 0) + f32x4.extract_lane(all, 1),
    high = f32x4.extract_lane(all, 2) + f32x4.extract_lane(all, 3);
  let sum = low + high;
  for (; x < end; x += 4) sum += load<f32>(x);
  return sum;
}
