/** Where output pixel (i, j) of a pass reads: around pixel (i · stride, j · stride) of images [height, width, channels]. */
@unmanaged
export class Pass {
  batch: i32;
  /** Size of the images that are read. */
  height: i32;
  width: i32;
  channels: i32;
  stride: i32;
  /** Output pixels of an image. */
  rows: i32;
  columns: i32;
}

/** A neighbour that some channel of a block reads. What each channel takes of it follows: four float32, one a channel. */
@unmanaged
export class Tap {
  row: i32;
  column: i32;
  /** Bytes from pixel (i · stride, j · stride) to this neighbour. */
  offset: i32;
  unused: i32;
}

/** The taps of a block of channels follow this, sorted by row and column. */
@unmanaged
export class Block {
  count: i32;
  /** Columns left ≤ j < right of the output have every tap inside the image's width. */
  left: i32;
  right: i32;
  unused: i32;
}

/** Bytes of a pass in scratch memory, rounded up to keep what follows aligned. */
export const PASS_BYTES: usize = 32;
/** Bytes of a tap before its weights, and of a block before its taps. */
export const HEAD: usize = 16;
/** Shifts of this size or more read nothing of any image. */
const FAR: f32 = 16777216;

/** The tap at (row, column) of a block; made with weights of zero if need be. */
function tapAt(block: usize, bytes: usize, row: i32, column: i32): usize {
  const head = changetype<Block>(block);
  let at = block + HEAD;
  const end = at + <usize>head.count * bytes;
  for (; at < end; at += bytes) {
    const tap = changetype<Tap>(at);
    if (tap.row > row || (tap.row == row && tap.column >= column)) break;
  }
  if (at < end && changetype<Tap>(at).row == row && changetype<Tap>(at).column == column) return at;
  memory.copy(at + bytes, at, end - at);
  memory.fill(at, 0, bytes);
  changetype<Tap>(at).row = row;
  changetype<Tap>(at).column = column;
  head.count += 1;
  return at;
}

/** Notes that one channel takes `weight` of the neighbour at (row, column), unless nothing of the image is ever there. */
export function addTap(
  pass: Pass,
  block: usize,
  bytes: usize,
  row: i32,
  column: i32,
  weightAt: usize,
  weight: f32,
): void {
  if (weight == 0 || row >= pass.height || column >= pass.width) return;
  if (row + (pass.rows - 1) * pass.stride < 0 || column + (pass.columns - 1) * pass.stride < 0) return;
  store<f32>(tapAt(block, bytes, row, column) + weightAt, weight);
}

/** What point 0 or 1 of an axis weighs in the interpolation at `fraction` between the two. */
export function share(fraction: f32, point: i32): f32 {
  return point == 0 ? 1 - fraction : fraction;
}

/** Where the channel that was located last reads: between x0 and x0 + 1 at fraction fx, between y0 and y0 + 1 at fy. */
export let x0: i32 = 0;
export let y0: i32 = 0;
export let fx: f32 = 0;
export let fy: f32 = 0;

/** Locates a channel by its shifts [2, channels]. False: so far away that it reads nothing. Not finite: it reads NaN. */
export function locate(shifts: usize, channels: i32, channel: i32): bool {
  const x = load<f32>(shifts + ((<usize>channel) << 2));
  const y = load<f32>(shifts + ((<usize>(channels + channel)) << 2));
  if (!isFinite<f32>(x) || !isFinite<f32>(y)) {
    x0 = y0 = 0;
    fx = fy = f32.NaN;
    return true;
  }
  if (abs(x) >= FAR || abs(y) >= FAR) return false;
  x0 = <i32>floor(x);
  y0 = <i32>floor(y);
  fx = x - floor(x);
  fy = y - floor(y);
  return true;
}

/** Makes a block without taps. */
export function openBlock(block: usize): void {
  memory.fill(block, 0, HEAD);
}

/** Ends a block whose taps are all added. */
export function closeBlock(pass: Pass, block: usize, bytes: usize): void {
  const head = changetype<Block>(block);
  const stride = pass.stride;
  let left = 0;
  let right = pass.columns;
  for (let at = block + HEAD, end = at + <usize>head.count * bytes; at < end; at += bytes) {
    const tap = changetype<Tap>(at);
    tap.offset = ((tap.row * pass.width + tap.column) * pass.channels) << 2;
    left = max(left, (stride - 1 - tap.column) / stride);
    right = min(right, (pass.width - tap.column + stride - 1) / stride);
  }
  head.left = left;
  head.right = max(left, right);
}

/** First of the taps begin ≤ t < end that is not above the image at output row i. */
export function skipAbove(begin: usize, end: usize, bytes: usize, origin: i32): usize {
  while (begin < end && origin + changetype<Tap>(begin).row < 0) begin += bytes;
  return begin;
}

/** End of the taps begin ≤ t < end that are not below the image at output row i. */
export function skipBelow(begin: usize, end: usize, bytes: usize, origin: i32, height: i32): usize {
  while (begin < end && origin + changetype<Tap>(end - bytes).row >= height) end -= bytes;
  return end;
}
