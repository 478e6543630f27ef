import { dequantize } from './decode';
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

/**
 * Rows `first` to `last` of x[rows, size], floats, or codes where there is a table of `count` floats, to `pitch` bytes each from y on, with zeros around:
 * `left` bytes before, and what remains behind.
 */
export function frame(
  x: usize,
  y: usize,
  size: i32,
  left: i32,
  pitch: i32,
  table: usize,
  count: i32,
  first: i32,
  last: i32,
): void {
  const bytes = (<usize>size) << 2,
    right = <usize>(pitch - left) - bytes;
  for (let row = first; row < last; row++) {
    let to = y + <usize>(row * pitch);
    memory.fill(to, 0, <usize>left);
    to += <usize>left;
    if (table) dequantize(x + <usize>(row * size), to, size, table, count);
    else memory.copy(to, x + <usize>row * bytes, bytes);
    memory.fill(to + bytes, 0, right);
  }
}

/** What `activeShift` knows of 4 channels: where each lies in the first of its four places, in bytes, and behind it 4 weights of each place. */
const FOUR: usize = 80;

/**
 * Rows `first` to `last` of the bilinear shift, from `y` on, of an image with zeros around so wide that all places are there; `x` is its first
 * place within them. The weighted values are added in the order of their places, from +0, without those of weight 0.
 */
export function activeShift(w: Window, x: usize, y: usize, channels: usize, first: i32, last: i32): void {
  const pixel = (<usize>w.channels) << 2,
    down = pixel * <usize>w.width,
    full = w.channels & ~3,
    some = w.channels - full;
  for (let i = first; i < last; i++) {
    let from = x + <usize>(i * w.strideY) * down;
    for (let j = 0; j < w.columns; j++, from += pixel * <usize>w.strideX) {
      let at = channels;
      for (let c = 0; c < full; c += 4, at += FOUR, y += 16) v128.store(y, four(from, at, pixel, down));
      if (some) {
        const values = four(from, at, pixel, down);
        store<f32>(y, f32x4.extract_lane(values, 0));
        if (some > 1) store<f32>(y, f32x4.extract_lane(values, 1), 4);
        if (some > 2) store<f32>(y, f32x4.extract_lane(values, 2), 8);
        y += (<usize>some) << 2;
      }
    }
  }
}

function four(from: usize, at: usize, right: usize, down: usize): v128 {
  const a = from + load<usize>(at),
    b = from + load<usize>(at, 4),
    c = from + load<usize>(at, 8),
    d = from + load<usize>(at, 12);
  const sum = f32x4.add(f32x4.splat(0), weighted(a, b, c, d, v128.load(at, 16)));
  const two = f32x4.add(sum, weighted(a + right, b + right, c + right, d + right, v128.load(at, 32)));
  const three = f32x4.add(two, weighted(a + down, b + down, c + down, d + down, v128.load(at, 48)));
  const across = right + down;
  return f32x4.add(three, weighted(a + across, b + across, c + across, d + across, v128.load(at, 64)));
}

/** A value of each of 4 channels by its weight; 0 where that is 0, whatever the value. */
function weighted(a: usize, b: usize, c: usize, d: usize, weights: v128): v128 {
  let values = v128.load32_zero(a);
  values = v128.load_lane<f32>(b, values, 1);
  values = v128.load_lane<f32>(c, values, 2);
  values = v128.load_lane<f32>(d, values, 3);
  return v128.and(f32x4.mul(values, weights), f32x4.ne(weights, f32x4.splat(0)));
}
