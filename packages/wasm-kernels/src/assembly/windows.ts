// Convolutions as products whose left side is read where it lies: each output position has a row of addresses, one for each tap
// of its window, and zeros stand for what lies beyond the image. An input gradient of stride 1 is such a convolution, too; see phases.ts
// for other strides.
import { COLUMNS, DEPTH, packB, packedBytes, ROWS } from './gemm';
import { locate, PLACE, tapRows } from './places';
import { panels, TILE } from './tiles';

/** Output positions at a time: what their windows see stays in the first-level cache. */
export const POSITIONS: i32 = 32;

/** Bytes of scratch memory that `windows` needs. */
export function windowsScratch(channels: i32, filters: i32, taps: i32): usize {
  const depth = min(DEPTH, channels);
  return (
    <usize>taps * packedBytes(depth, filters) +
    TILE +
    <usize>POSITIONS * (4 + 4 * <usize>taps) +
    ((<usize>depth) << 2) +
    packedBytes(1, filters) +
    POSITIONS * PLACE
  );
}

/**
 * y[n, oh, ow, filters] from x[n, h, w, channels], the filter and the bias (0 for none). The filter is w[kh, kw, channels, filters],
 * or, where it is `mirrored`, w[kh, kw, filters, channels] with its taps in reverse order.
 */
export function windows(
  x: usize,
  filter: usize,
  y: usize,
  bias: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filters: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  mirrored: bool,
  scratch: usize,
): void {
  const taps = kernelHeight * kernelWidth,
    depth = min(DEPTH, channels);
  const tile = scratch + <usize>taps * packedBytes(depth, filters),
    to = tile + TILE,
    from = to + POSITIONS * 4,
    zeros = from + <usize>POSITIONS * 4 * <usize>taps,
    spare = zeros + ((<usize>depth) << 2),
    places = spare + packedBytes(1, filters);
  const positions = batch * outHeight * outWidth,
    pixel = (<usize>filters) << 2;
  memory.fill(zeros, 0, (<usize>depth) << 2);
  // also an empty sum is written once
  let c = 0;
  do {
    const deep = min(DEPTH, channels - c);
    packTaps(filter, c, deep, channels, filters, taps, mirrored, scratch);
    for (let p = 0; p < positions; p += POSITIONS) {
      const count = min(POSITIONS, positions - p),
        whole = (count + ROWS - 1) & ~(ROWS - 1);
      const image = x + ((<usize>c) << 2);
      locate(
        places,
        p,
        count,
        image,
        height,
        width,
        channels,
        outHeight,
        outWidth,
        strideHeight,
        strideWidth,
        top,
        left,
      );
      let tap = from;
      for (let r = 0; r < kernelHeight; r++)
        for (let s = 0; s < kernelWidth; s++, tap += POSITIONS * 4) {
          tapRows(tap, places, count, r, s, height, width, channels, zeros);
        }
      for (let i = 0; i < count; i++) store<usize>(to + ((<usize>i) << 2), y + <usize>(p + i) * pixel);
      // a last tile that is not full repeats its last position and writes it nowhere
      for (let i = count; i < whole; i++) {
        store<usize>(to + ((<usize>i) << 2), spare);
        repeatLast(from, i, taps);
      }
      panels(from, POSITIONS * 4, to, whole, scratch, taps, deep, filters, c == 0, bias, tile);
    }
    c += DEPTH;
  } while (c < channels);
}

/** Packs `deep` channels of every tap, panel by panel: [panel][tap][channel][8]. */
export function packTaps(
  filter: usize,
  channel: i32,
  deep: i32,
  channels: i32,
  filters: i32,
  taps: i32,
  mirrored: bool,
  to: usize,
): void {
  const tapBytes = (<usize>(channels * filters)) << 2;
  for (let n = 0; n < filters; n += COLUMNS) {
    const wide = min(COLUMNS, filters - n);
    for (let t = 0; t < taps; t++, to += (<usize>deep) << 5) {
      if (mirrored) {
        const tap = filter + <usize>(taps - 1 - t) * tapBytes;
        packB(tap + ((<usize>(n * channels + channel)) << 2), 1, channels, deep, wide, to);
      } else {
        const tap = filter + <usize>t * tapBytes;
        packB(tap + ((<usize>(channel * filters + n)) << 2), filters, 1, deep, wide, to);
      }
    }
  }
}

/** The addresses of position `i`, of all its taps, are those of the one before it. */
export function repeatLast(from: usize, i: i32, taps: i32): void {
  let at = from + ((<usize>i) << 2);
  for (let t = 0; t < taps; t++, at += POSITIONS * 4) store<usize>(at, load<usize>(at - 4));
}
