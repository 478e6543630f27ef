import { Window } from './window';

/** y[i, j, c] = x[i · stride + dy_c, j · stride + dx_c, c], outside of x `outside`; offsets [channels] of two integers. Items have 1 or 4 bytes. */
export function shift(w: Window, x: usize, y: usize, offsets: usize, bytes: i32, outside: i32): void {
  const pixel = w.channels * bytes;
  for (let i = 0; i < w.rows; i++) {
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

/** The bilinear shift; the weighted values are added in the order of their places, from +0, without those outside and those of weight 0. */
export function activeShift(w: Window, x: usize, y: usize, channels: usize): void {
  for (let i = 0; i < w.rows; i++) {
    for (let j = 0; j < w.columns; j++) {
      for (let c = 0, at = channels; c < w.channels; c++, at += CHANNEL, y += 4) {
        const channel = changetype<Channel>(at);
        const row = i * w.strideY + channel.row,
          column = j * w.strideX + channel.column;
        let sum: f32 = 0;
        sum = added(w, x, c, row, column, channel.weight0, sum);
        sum = added(w, x, c, row, column + 1, channel.weight1, sum);
        sum = added(w, x, c, row + 1, column, channel.weight2, sum);
        sum = added(w, x, c, row + 1, column + 1, channel.weight3, sum);
        store<f32>(y, sum);
      }
    }
  }
}

function added(w: Window, x: usize, c: i32, row: i32, column: i32, weight: f32, sum: f32): f32 {
  if (weight == 0 || <u32>row >= <u32>w.height || <u32>column >= <u32>w.width) return sum;
  return sum + weight * load<f32>(x + ((<usize>((row * w.width + column) * w.channels + c)) << 2));
}
