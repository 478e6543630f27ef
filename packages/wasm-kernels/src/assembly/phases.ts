// The input gradient of a strided convolution. Pixels whose row and column leave the same rests over the strides are a phase: the
// windows that saw them did so with the same taps, and their gradient is a convolution of stride 1 of dy with those alone.
import { COLUMNS, DEPTH, packB, packedBytes, ROWS } from './gemm';
import { locate, PLACE, tapRows } from './places';
import { panels, TILE } from './tiles';
import { POSITIONS, repeatLast } from './windows';

/** Output positions at a time, or those of one image: what the phases share of them stays in the cache. */
const STRIP: i32 = 512;

/**
 * dx[n, h, w, channels] from dy[n, oh, ow, filters] and the filter w[kh, kw, channels, filters]; `scratch` as
 * `windowsScratch(filters, channels, taps)` says.
 */
export function conv2dInputGradient(
  dy: usize,
  filter: usize,
  dx: usize,
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
  scratch: usize,
): void {
  const room = scratch + <usize>(kernelHeight * kernelWidth) * packedBytes(min(DEPTH, filters), channels),
    image = (<usize>(height * width * channels)) << 2,
    seen = (<usize>(outHeight * outWidth * filters)) << 2,
    images = max(1, STRIP / max(1, outHeight * outWidth));
  // also an empty sum is written once
  let f = 0;
  do {
    const deep = min(DEPTH, filters - f);
    for (let n = 0; n < batch; n += images) {
      const count = min(images, batch - n);
      let packed = scratch;
      for (let a = 0; a < strideHeight; a++) {
        const firstRow = (a + top) % strideHeight,
          tapRowsCount = tapsFrom(firstRow, kernelHeight, strideHeight);
        for (let b = 0; b < strideWidth; b++) {
          const firstColumn = (b + left) % strideWidth,
            tapColumns = tapsFrom(firstColumn, kernelWidth, strideWidth);
          if (n == 0) {
            packPhase(
              filter + ((<usize>f) << 2),
              deep,
              channels,
              filters,
              kernelWidth,
              firstRow,
              tapRowsCount,
              strideHeight,
              firstColumn,
              tapColumns,
              strideWidth,
              packed,
            );
          }
          phase(
            dy + <usize>n * seen + ((<usize>f) << 2),
            dx + <usize>n * image,
            count,
            height,
            width,
            channels,
            outHeight,
            outWidth,
            filters,
            a,
            b,
            strideHeight,
            strideWidth,
            tapRowsCount,
            tapColumns,
            tapRowsCount - 1 - (a + top) / strideHeight,
            tapColumns - 1 - (b + left) / strideWidth,
            deep,
            f == 0,
            packed,
            room,
          );
          packed += <usize>(tapRowsCount * tapColumns) * packedBytes(deep, channels);
        }
      }
    }
    f += DEPTH;
  } while (f < filters);
}

/** How many taps a phase has along an axis, from its first one on. */
function tapsFrom(first: i32, size: i32, stride: i32): i32 {
  return first < size ? (size - first + stride - 1) / stride : 0;
}

/** Packs `deep` filters of a phase's taps, the last first: [panel][tap][filter][8]. */
function packPhase(
  filter: usize,
  deep: i32,
  channels: i32,
  filters: i32,
  kernelWidth: i32,
  firstRow: i32,
  rows: i32,
  strideHeight: i32,
  firstColumn: i32,
  columns: i32,
  strideWidth: i32,
  to: usize,
): void {
  for (let n = 0; n < channels; n += COLUMNS) {
    const wide = min(COLUMNS, channels - n);
    for (let r = rows - 1; r >= 0; r--)
      for (let s = columns - 1; s >= 0; s--, to += (<usize>deep) << 5) {
        const tap = (firstRow + r * strideHeight) * kernelWidth + firstColumn + s * strideWidth;
        packB(filter + ((<usize>((tap * channels + n) * filters)) << 2), 1, filters, deep, wide, to);
      }
  }
}

/** The pixels of some images whose rows and columns begin at (a, b) and are a stride apart. */
function phase(
  dy: usize,
  dx: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filters: i32,
  a: i32,
  b: i32,
  strideHeight: i32,
  strideWidth: i32,
  kernelRows: i32,
  kernelColumns: i32,
  top: i32,
  left: i32,
  deep: i32,
  isFirst: bool,
  packed: usize,
  room: usize,
): void {
  if (a >= height || b >= width) return;
  const taps = kernelRows * kernelColumns,
    rows = (height - a + strideHeight - 1) / strideHeight,
    columns = (width - b + strideWidth - 1) / strideWidth,
    positions = batch * rows * columns;
  const to = room + TILE,
    from = to + POSITIONS * 4,
    zeros = from + <usize>POSITIONS * 4 * <usize>taps,
    spare = zeros + ((<usize>deep) << 2),
    places = spare + packedBytes(1, channels);
  memory.fill(zeros, 0, (<usize>deep) << 2);
  for (let p = 0; p < positions; p += POSITIONS) {
    const count = min(POSITIONS, positions - p),
      whole = (count + ROWS - 1) & ~(ROWS - 1);
    locate(places, p, count, dy, outHeight, outWidth, filters, rows, columns, 1, 1, top, left);
    let tap = from;
    for (let r = 0; r < kernelRows; r++)
      for (let s = 0; s < kernelColumns; s++, tap += POSITIONS * 4) {
        tapRows(tap, places, count, r, s, outHeight, outWidth, filters, zeros);
      }
    locate(places, p, count, dx, height, width, channels, rows, columns, strideHeight, strideWidth, -a, -b);
    for (let i = 0; i < count; i++) store<usize>(to + ((<usize>i) << 2), load<usize>(places + <usize>i * PLACE, 8));
    // a last tile that is not full repeats its last position and writes it nowhere
    for (let i = count; i < whole; i++) {
      store<usize>(to + ((<usize>i) << 2), spare);
      repeatLast(from, i, taps);
    }
    panels(from, POSITIONS * 4, to, whole, packed, taps, deep, channels, isFirst, 0, room);
  }
}
