import { total } from './grid-quantize';

// Levels in ascending order with thresholds between them, for all values or for each channel of the last axis. A table is held level by
// level, each with all of its channels; a value has the level after the last threshold that it is above.

/** As many levels are found by comparing with every threshold; more, by halving. */
const FEW: i32 = 16;
/** Values whose sums are taken in float32 before they are added to those in float64. */
const BLOCK: usize = 1024 * 4;

/** y = the level of x. `levels` is [count, channels], `thresholds` [count − 1, channels]. */
export function quantizeByTable(
  x: usize,
  y: usize,
  rows: i32,
  channels: i32,
  levels: usize,
  thresholds: usize,
  count: i32,
): void {
  if (count > FEW) {
    for (let row = 0; row < rows; row++) {
      for (let c = 0; c < channels; c++, x += 4, y += 4) {
        const rank = rankOf(load<f32>(x), thresholds, c, channels, count);
        store<f32>(y, load<f32>(levels + ((<usize>(rank * channels + c)) << 2)));
      }
    }
    return;
  }
  if (channels == 1) {
    const end = x + ((<usize>rows) << 2);
    for (; x + 64 <= end; x += 64, y += 64) quantize16(x, y, levels, thresholds, count);
    for (; x < end; x += 4, y += 4) quantize1(x, y, levels, thresholds, count, 4);
    return;
  }
  const pixel = (<usize>channels) << 2,
    whole = pixel & ~15;
  for (let row = 0; row < rows; row++) {
    let at: usize = 0;
    for (; at < whole; at += 16) quantize4(x + at, y + at, levels + at, thresholds + at, count, pixel);
    for (; at < pixel; at += 4) quantize1(x + at, y + at, levels + at, thresholds + at, count, pixel);
    x += pixel;
    y += pixel;
  }
}

/** 16 values by one table. */
function quantize16(x: usize, y: usize, levels: usize, thresholds: usize, count: i32): void {
  const a = v128.load(x),
    b = v128.load(x, 16),
    c = v128.load(x, 32),
    d = v128.load(x, 48);
  let level = v128.load32_splat(levels);
  let ya = level,
    yb = level,
    yc = level,
    yd = level;
  for (let i = 1; i < count; i++) {
    const threshold = v128.load32_splat(thresholds);
    thresholds += 4;
    levels += 4;
    level = v128.load32_splat(levels);
    ya = v128.bitselect(level, ya, f32x4.gt(a, threshold));
    yb = v128.bitselect(level, yb, f32x4.gt(b, threshold));
    yc = v128.bitselect(level, yc, f32x4.gt(c, threshold));
    yd = v128.bitselect(level, yd, f32x4.gt(d, threshold));
  }
  v128.store(y, ya);
  v128.store(y, yb, 16);
  v128.store(y, yc, 32);
  v128.store(y, yd, 48);
}

/** 4 values, each by its own table. */
function quantize4(x: usize, y: usize, levels: usize, thresholds: usize, count: i32, pixel: usize): void {
  const value = v128.load(x);
  let result = v128.load(levels);
  for (let i = 1; i < count; i++) {
    const above = f32x4.gt(value, v128.load(thresholds));
    thresholds += pixel;
    levels += pixel;
    result = v128.bitselect(v128.load(levels), result, above);
  }
  v128.store(y, result);
}

function quantize1(x: usize, y: usize, levels: usize, thresholds: usize, count: i32, pixel: usize): void {
  const value = load<f32>(x);
  let result = load<f32>(levels);
  for (let i = 1; i < count; i++) {
    levels += pixel;
    if (value > load<f32>(thresholds)) result = load<f32>(levels);
    thresholds += pixel;
  }
  store<f32>(y, result);
}

/** How many of a channel's thresholds lie below a value. `count` is a power of two, and one more than the thresholds. */
function rankOf(value: f32, thresholds: usize, c: i32, channels: i32, count: i32): i32 {
  let rank = 0;
  for (let step = count >> 1; step > 0; step >>= 1) {
    const threshold = load<f32>(thresholds + ((<usize>((rank + step - 1) * channels + c)) << 2));
    if (value > threshold) rank += step;
  }
  return rank;
}

/** Bytes of 8-byte aligned scratch memory of {@link sumsByTable}. */
export function sumsByTableScratch(channels: i32, count: i32): usize {
  return (<usize>(channels * count)) << 4;
}

/**
 * For each level and channel, of the values that have it: how many (`counts`), and the sum of what they are beyond it (`rests`). Both are
 * [count, channels]. Sums are taken in float64.
 */
export function sumsByTable(
  x: usize,
  counts: usize,
  rests: usize,
  scratch: usize,
  rows: i32,
  channels: i32,
  levels: usize,
  thresholds: usize,
  count: i32,
): void {
  memory.fill(scratch, 0, sumsByTableScratch(channels, count));
  if (channels == 1 && count <= FEW) sumsOfFew(x, scratch, rows, levels, thresholds, count);
  else sumsOfRows(x, scratch, rows, channels, levels, thresholds, count);
  for (let i = 0; i < count * channels; i++) {
    const at = (<usize>i) << 2,
      sums = scratch + (at << 2);
    store<f32>(counts + at, <f32>load<f64>(sums));
    store<f32>(rests + at, <f32>load<f64>(sums, 8));
  }
}

function sumsOfRows(
  x: usize,
  scratch: usize,
  rows: i32,
  channels: i32,
  levels: usize,
  thresholds: usize,
  count: i32,
): void {
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c++, x += 4) {
      const value = load<f32>(x);
      const place = rankOf(value, thresholds, c, channels, count) * channels + c;
      const sums = scratch + ((<usize>place) << 4);
      store<f64>(sums, load<f64>(sums) + 1);
      store<f64>(sums, load<f64>(sums, 8) + <f64>value - <f64>load<f32>(levels + ((<usize>place) << 2)), 8);
    }
  }
}

/** What lies above each threshold is summed; what has a level is the difference of two such sums. */
function sumsOfFew(x: usize, scratch: usize, size: i32, levels: usize, thresholds: usize, count: i32): void {
  const end = x + ((<usize>size) << 2);
  for (; x < end; x += BLOCK) addAbove(x, min(x + BLOCK, end), scratch, thresholds, count);
  for (let i = 0; i < count; i++) {
    const sums = scratch + ((<usize>i) << 4);
    if (i + 1 < count) {
      store<f64>(sums, load<f64>(sums) - load<f64>(sums, 16));
      store<f64>(sums, load<f64>(sums, 8) - load<f64>(sums, 24), 8);
    }
    const level = <f64>load<f32>(levels + ((<usize>i) << 2));
    store<f64>(sums, load<f64>(sums, 8) - load<f64>(sums) * level, 8);
  }
}

/** Adds number and sum of the values of a block that are above each threshold; before the first, of all. */
function addAbove(x: usize, end: usize, scratch: usize, thresholds: usize, count: i32): void {
  const whole = x + ((end - x) & ~15);
  for (let i = 0; i < count; i++, scratch += 16) {
    const least: f32 = i == 0 ? -Infinity : load<f32>(thresholds + ((<usize>(i - 1)) << 2));
    const threshold = f32x4.splat(least);
    let number = i32x4.splat(0),
      sum = f32x4.splat(0),
      at = x;
    for (; at < whole; at += 16) {
      const value = v128.load(at);
      const above = i == 0 ? i32x4.splat(-1) : f32x4.gt(value, threshold);
      number = i32x4.sub(number, above);
      sum = f32x4.add(sum, v128.and(value, above));
    }
    let numbers: i32 =
      i32x4.extract_lane(number, 0) +
      i32x4.extract_lane(number, 1) +
      i32x4.extract_lane(number, 2) +
      i32x4.extract_lane(number, 3);
    let sums = total(sum);
    for (; at < end; at += 4) {
      const value = load<f32>(at);
      if (i == 0 || value > least) {
        numbers++;
        sums += <f64>value;
      }
    }
    store<f64>(scratch, load<f64>(scratch) + <f64>numbers);
    store<f64>(scratch, load<f64>(scratch, 8) + sums, 8);
  }
}
