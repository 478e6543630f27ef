import { contract, correlate, correlateTableBytes, makeDerivativeTable } from './correlate';
import { gather, gatherTableBytes, makeGatherTable } from './gather';
import { Pass, PASS_BYTES } from './taps';

// Scratch memory: the pass, 16 bytes of zeros that stand for what is outside the image, the table of taps.
const ZEROS = PASS_BYTES;
const TABLE = PASS_BYTES + 16;

/** Bytes of 16-byte aligned scratch memory that each of the kernels below needs. */
export function scratchBytes(channels: i32): usize {
  return TABLE + max(gatherTableBytes(channels), correlateTableBytes(channels));
}

function newPass(
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  stride: i32,
  rows: i32,
  columns: i32,
): Pass {
  memory.fill(scratch, 0, TABLE);
  const pass = changetype<Pass>(scratch);
  pass.batch = batch;
  pass.height = height;
  pass.width = width;
  pass.channels = channels;
  pass.stride = stride;
  pass.rows = rows;
  pass.columns = columns;
  return pass;
}

/** Output pixels along an axis. */
function strided(size: i32, stride: i32): i32 {
  return (size + stride - 1) / stride;
}

/** out [batch, ⌈height / stride⌉, ⌈width / stride⌉, channels] = the shift of x [batch, height, width, channels]. */
export function shift(
  x: usize,
  shifts: usize,
  out: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  stride: i32,
): void {
  if (channels < 4) forward<f32>(x, shifts, out, scratch, batch, height, width, channels, stride);
  else forward<v128>(x, shifts, out, scratch, batch, height, width, channels, stride);
}

function forward<T>(
  x: usize,
  shifts: usize,
  out: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  stride: i32,
): void {
  const rows = strided(height, stride);
  const columns = strided(width, stride);
  const pass = newPass(scratch, batch, height, width, channels, stride, rows, columns);
  makeGatherTable<T>(pass, shifts, scratch + TABLE, 0, 0, 0);
  const pixel = (<usize>channels) << 2;
  const row = <usize>columns * pixel;
  gather<T>(pass, scratch + TABLE, scratch + ZEROS, x, out, <usize>rows * row, row, pixel);
}

/** dx [batch, height, width, channels] = the transposed shift of dy: every pixel of dx is written once. */
export function shiftBackpropInput(
  dy: usize,
  shifts: usize,
  dx: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  stride: i32,
): void {
  if (channels < 4) transposed<f32>(dy, shifts, dx, scratch, batch, height, width, channels, stride);
  else transposed<v128>(dy, shifts, dx, scratch, batch, height, width, channels, stride);
}

function transposed<T>(
  dy: usize,
  shifts: usize,
  dx: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  stride: i32,
): void {
  const rows = strided(height, stride);
  const columns = strided(width, stride);
  const pixel = (<usize>channels) << 2;
  const row = <usize>width * pixel;
  for (let i = 0; i < min(stride, height); i++) {
    for (let j = 0; j < min(stride, width); j++) {
      const pass = newPass(
        scratch,
        batch,
        rows,
        columns,
        channels,
        1,
        strided(height - i, stride),
        strided(width - j, stride),
      );
      makeGatherTable<T>(pass, shifts, scratch + TABLE, stride, i, j);
      const first = dx + <usize>i * row + <usize>j * pixel;
      gather<T>(
        pass,
        scratch + TABLE,
        scratch + ZEROS,
        dy,
        first,
        <usize>height * row,
        <usize>stride * row,
        <usize>stride * pixel,
      );
    }
  }
}

/** out [2, channels] = the gradient to the shifts. `mode`: see IntegerOffset in options.ts. */
export function shiftBackpropShift(
  dy: usize,
  x: usize,
  shifts: usize,
  out: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  stride: i32,
  mode: i32,
): void {
  if (channels < 4) derivative<f32>(dy, x, shifts, out, scratch, batch, height, width, channels, stride, mode);
  else derivative<v128>(dy, x, shifts, out, scratch, batch, height, width, channels, stride, mode);
}

function derivative<T>(
  dy: usize,
  x: usize,
  shifts: usize,
  out: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  stride: i32,
  mode: i32,
): void {
  const pass = newPass(
    scratch,
    batch,
    height,
    width,
    channels,
    stride,
    strided(height, stride),
    strided(width, stride),
  );
  makeDerivativeTable<T>(pass, shifts, scratch + TABLE, mode);
  correlate<T>(pass, scratch + TABLE, scratch + ZEROS, dy, x);
  contract<T>(pass, scratch + TABLE, out);
}
