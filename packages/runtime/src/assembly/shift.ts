import { Window } from './window';

/**
 * Rows `first` to `last` of the result, from `y` on: y[i, j, c] = x[i · stride + dy_c, j · stride + dx_c, c], outside of x `outside`; offsets
 * [channels] of two integers. Items have 1 or 4 bytes.
 */
export function shift(
  w: Window,
  x: usize,
  y: usize,
  offsets: usize,
  bytes: i32,
  outside: i32,
  first: i32,
  last: i32,
): void {
  const pixel = w.channels * bytes;
  for (let i = first; i < last; i++) {
    for (let j = 0; j < w.columns; j++) {
      for (let c = 0; c < w.channels; c++, y += <usize>bytes) {
        const offset = offsets + ((<usize>c) << 3);
        const row = i * w.strideY + load<i32>(offset),
          column = j * w.strideX + load<i32>(offset, 4);
        const isInside = <u32>row < <u32>w.height && <u32>column < <u32>w.width;
        const from = x + <usize>((row * w.width + column) * pixel + c * bytes);
        if (bytes == 1) store<u8>(y, isInside ? load<u8>(from) : <u8>outside);
        else store<f32>(y, isInside ? load<f32>(from) : 0);
      }
    }
  }
}

/** What `activeShift` knows of a channel. */
@unmanaged
class Channel {
  row: i32;
  column: i32;
  /** Of the places (row, column), (row, column + 1), (row + 1, column), (row + 1, column + 1). */
  weight0: f32;
  weight1: f32;
  weight2: f32;
  weight3: f32;
}

const CHANNEL: usize = 24;

/**
 * Rows `first` to `last` of the bilinear shift, from `y` on; the weighted values are added in the order of their places, from +0, without those outside and those of weight 0.
 * All offsets lie within `reach` rows and columns, so that inside of that nothing has to be asked.
 */
export function activeShift(w: Window, x: usize, y: usize, channels: usize, reach: i32, first: i32, last: i32): void {
  for (let i = first; i < last; i++) {
    const row = i * w.strideY;
    const isInside = row >= reach && row + reach < w.height;
    for (let j = 0; j < w.columns; j++) {
      const column = j * w.strideX;
      const isFree = isInside && column >= reach && column + reach < w.width;
      let c = 0,
        at = channels;
      if (isFree) {
        const from = x + ((<usize>((row * w.width + column) * w.channels)) << 2);
        for (; c + 4 <= w.channels; c += 4, at += CHANNEL * 4, y += 16)
          v128.store(y, four(w, from + ((<usize>c) << 2), at));
      }
      for (; c < w.channels; c++, at += CHANNEL, y += 4)
        store<f32>(y, one(w, x, c, row, column, changetype<Channel>(at)));
    }
  }
}

/** 4 channels of a place all around which there are places. */
function four(w: Window, from: usize, at: usize): v128 {
  const a = source(w, from, at),
    b = source(w, from + 4, at + CHANNEL),
    c = source(w, from + 8, at + CHANNEL * 2),
    d = source(w, from + 12, at + CHANNEL * 3);
  const right = (<usize>w.channels) << 2,
    down = right * <usize>w.width;
  let sum = f32x4.splat(0);
  sum = f32x4.add(sum, weighted(a, b, c, d, at + 8));
  sum = f32x4.add(sum, weighted(a + right, b + right, c + right, d + right, at + 12));
  sum = f32x4.add(sum, weighted(a + down, b + down, c + down, d + down, at + 16));
  const across = right + down;
  return f32x4.add(sum, weighted(a + across, b + across, c + across, d + across, at + 20));
}

/** Where the first place of a channel lies. */
function source(w: Window, from: usize, at: usize): usize {
  const channel = changetype<Channel>(at);
  return from + (((channel.row * w.width + channel.column) * w.channels) << 2);
}

/** A value of each of 4 channels by its weight; 0 where that is 0, whatever the value. */
function weighted(a: usize, b: usize, c: usize, d: usize, weights: usize): v128 {
  let values = v128.load32_zero(a),
    factors = v128.load32_zero(weights);
  values = v128.load_lane<f32>(b, values, 1);
  values = v128.load_lane<f32>(c, values, 2);
  values = v128.load_lane<f32>(d, values, 3);
  factors = v128.load_lane<f32>(weights + CHANNEL, factors, 1);
  factors = v128.load_lane<f32>(weights + CHANNEL * 2, factors, 2);
  factors = v128.load_lane<f32>(weights + CHANNEL * 3, factors, 3);
  return v128.and(f32x4.mul(values, factors), f32x4.ne(factors, f32x4.splat(0)));
}

function one(w: Window, x: usize, c: i32, i: i32, j: i32, channel: Channel): f32 {
  const row = i + channel.row,
    column = j + channel.column;
  let sum: f32 = 0;
  sum = added(w, x, c, row, column, channel.weight0, sum);
  sum = added(w, x, c, row, column + 1, channel.weight1, sum);
  sum = added(w, x, c, row + 1, column, channel.weight2, sum);
  return added(w, x, c, row + 1, column + 1, channel.weight3, sum);
}

function added(w: Window, x: usize, c: i32, row: i32, column: i32, weight: f32, sum: f32): f32 {
  if (weight == 0 || <u32>row >= <u32>w.height || <u32>column >= <u32>w.width) return sum;
  return sum + weight * load<f32>(x + ((<usize>((row * w.width + column) * w.channels + c)) << 2));
}
