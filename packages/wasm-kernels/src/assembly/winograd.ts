// 3×3 convolutions of stride 1 with 16 products for 4 outputs instead of 36: of each 4×4 pixels that a tile of 2×2 outputs sees,
// 16 combinations are multiplied apart, as products of matrices over all tiles of a block. See ./winograd-transforms.
import { packedBytes } from './gemm';
import { outer } from './outer';
import { locate, PLACE } from './places';
import { panels } from './tiles';
import { gatherFilter, gatherOutput, spreadFilter, spreadInput, spreadOutput } from './winograd-transforms';
import { packTaps } from './windows';

/** Combinations of a tile's pixels. */
const POINTS: usize = 16;
/** Tiles of 2×2 outputs at a time. */
const TILES: i32 = 64;

/** Bytes of one combination of a block's tiles: apart by no power of two, since 16 are written at a time. */
function sliceBytes(channels: i32): usize {
  return ((<usize>TILES * <usize>channels) << 2) + 64;
}

/** Bytes of scratch memory that `winograd` and `winogradFilterGradient` need. */
export function winogradScratch(channels: i32, filters: i32): usize {
  const sides = (<usize>(channels + filters)) << 2,
    filter = packedBytes(channels, filters);
  return (
    (POINTS + 9) * filter +
    POINTS * (sliceBytes(channels) + sliceBytes(filters)) +
    POINTS * sides +
    2 * POINTS * <usize>TILES * 4 +
    <usize>TILES * PLACE
  );
}

/**
 * y[n, oh, ow, filters] from x[n, h, w, channels], the 3×3 filter, as in `windows`, and the bias (0 for none); channels a multiple
 * of 4 and filters of 8.
 *
 * @returns whether all of y is finite; where it is not, y is not what a plain sum would give
 */
export function winograd(
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
  top: i32,
  left: i32,
  mirrored: bool,
  scratch: usize,
): bool {
  const packed = packedBytes(channels, filters),
    pixel = (<usize>filters) << 2,
    spread = sliceBytes(channels),
    products = sliceBytes(filters);
  const taps = scratch + POINTS * packed,
    input = taps + 9 * packed,
    output = input + POINTS * spread,
    patch = output + POINTS * products,
    spare = patch + POINTS * ((<usize>channels) << 2),
    rowsIn = spare + POINTS * pixel,
    rowsOut = rowsIn + POINTS * <usize>TILES * 4,
    places = rowsOut + POINTS * <usize>TILES * 4;
  packTaps(filter, 0, channels, channels, filters, 9, mirrored, taps);
  for (let n = 0; n < filters; n += 8) {
    const panel = taps + <usize>n * 9 * ((<usize>channels) << 2);
    for (let i: usize = 0; i < (<usize>channels) << 5; i += 16) {
      spreadFilter(panel + i, (<usize>channels) << 5, scratch + <usize>n * ((<usize>channels) << 2) + i, packed);
    }
  }
  for (let p: usize = 0, at: usize = 0; p < POINTS; p++)
    for (let i: usize = 0; i < <usize>TILES; i++, at += 4) {
      store<usize>(rowsIn + at, input + p * spread + i * ((<usize>channels) << 2));
      store<usize>(rowsOut + at, output + p * products + i * pixel);
    }
  const lines = (outHeight + 1) / 2,
    columns = (outWidth + 1) / 2,
    tiles = batch * lines * columns;
  let finite = f32x4.splat(0);
  for (let first = 0; first < tiles; first += TILES) {
    const count = min(TILES, tiles - first);
    spreadTiles(x, first, count, lines, columns, height, width, channels, top, left, places, patch, input);
    for (let p: usize = 0; p < POINTS; p++) {
      const at = p * <usize>TILES * 4;
      panels(
        rowsIn + at,
        0,
        rowsOut + at,
        (count + 3) & ~3,
        scratch + p * packed,
        1,
        channels,
        filters,
        true,
        0,
        spare,
      );
    }
    locate(places, first, count, y, outHeight, outWidth, filters, lines, columns, 2, 2, 0, 0);
    for (let i = 0, place = places; i < count; i++, place += PLACE) {
      const to = load<usize>(place, 8),
        hasBelow = load<i32>(place) + 1 < outHeight,
        below = hasBelow ? to + <usize>outWidth * pixel : spare,
        isLast = load<i32>(place, 4) + 1 == outWidth;
      let m = output + <usize>i * pixel;
      const right = isLast ? spare : to + pixel,
        belowRight = isLast || !hasBelow ? spare : below + pixel;
      for (let f: usize = 0; f < pixel; f += 16, m += 16) {
        const start = bias ? v128.load(bias + f) : f32x4.splat(0);
        finite = f32x4.add(finite, gatherOutput(m, products, start, to + f, right + f, below + f, belowRight + f));
      }
    }
  }
  return isZero(finite);
}

/**
 * dW[3, 3, channels, filters] from x[n, h, w, channels] and dy[n, oh, ow, filters], channels a multiple of 4 and filters of 8.
 *
 * @returns whether all of dW is finite; where it is not, dW is not what a plain sum would give
 */
export function winogradFilterGradient(
  x: usize,
  dy: usize,
  dw: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filters: i32,
  top: i32,
  left: i32,
  scratch: usize,
): bool {
  const depth = (<usize>channels) << 2,
    pixel = (<usize>filters) << 2,
    point = <usize>channels * pixel,
    spread = sliceBytes(channels),
    spreadY = sliceBytes(filters);
  const input = scratch + POINTS * point,
    output = input + POINTS * spread,
    patch = output + POINTS * spreadY,
    zeros = patch + POINTS * depth,
    places = zeros + pixel;
  memory.fill(scratch, 0, POINTS * point);
  memory.fill(zeros, 0, pixel);
  const lines = (outHeight + 1) / 2,
    columns = (outWidth + 1) / 2,
    tiles = batch * lines * columns;
  for (let first = 0; first < tiles; first += TILES) {
    const count = min(TILES, tiles - first);
    spreadTiles(x, first, count, lines, columns, height, width, channels, top, left, places, patch, input);
    locate(places, first, count, dy, outHeight, outWidth, filters, lines, columns, 2, 2, 0, 0);
    for (let i = 0, place = places; i < count; i++, place += PLACE) {
      const from = load<usize>(place, 8),
        below = from + <usize>outWidth * pixel,
        to = output + <usize>i * pixel;
      const hasRight = load<i32>(place, 4) + 1 < outWidth,
        hasBelow = load<i32>(place) + 1 < outHeight;
      for (let f: usize = 0; f < pixel; f += 16) {
        spreadOutput(
          from + f,
          hasRight ? from + pixel + f : zeros,
          hasBelow ? below + f : zeros,
          hasRight && hasBelow ? below + pixel + f : zeros,
          to + f,
          spreadY,
        );
      }
    }
    for (let p: usize = 0; p < POINTS; p++) {
      const from = input + p * spread,
        seen = output + p * spreadY,
        to = scratch + p * point;
      for (let c: usize = 0; c < depth; c += 16)
        for (let f: usize = 0; f < pixel; f += 32)
          outer(from + c, seen + f, to + c * <usize>filters + f, 1, count, depth, 0, pixel, 0);
    }
  }
  let finite = f32x4.splat(0);
  for (let i: usize = 0; i < point; i += 16) {
    finite = f32x4.add(finite, gatherFilter(scratch + i, point, dw + i, point));
  }
  return isZero(finite);
}

/** Combines the pixels that `count` tiles see: [point][tile][channel]. */
function spreadTiles(
  x: usize,
  first: i32,
  count: i32,
  lines: i32,
  columns: i32,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  places: usize,
  patch: usize,
  to: usize,
): void {
  const pixel = (<usize>channels) << 2,
    step = sliceBytes(channels);
  locate(places, first, count, x, height, width, channels, lines, columns, 2, 2, top, left);
  for (let i = 0; i < count; i++, to += pixel, places += PLACE) {
    const row = load<i32>(places),
      column = load<i32>(places, 4);
    let from = load<usize>(places, 8),
      line = <usize>width * pixel;
    if (row < 0 || column < 0 || row + 4 > height || column + 4 > width) {
      copyPatch(from, line, pixel, row, column, height, width, patch);
      from = patch;
      line = 4 * pixel;
    }
    for (let c: usize = 0; c < pixel; c += 16) spreadInput(from + c, line, pixel, to + c, step);
  }
}

/** The 4×4 pixels from (row, column) on, zeros where they lie beyond the image. */
function copyPatch(
  from: usize,
  line: usize,
  pixel: usize,
  row: i32,
  column: i32,
  height: i32,
  width: i32,
  to: usize,
): void {
  for (let r = 0; r < 4; r++, from += line) {
    let at = from;
    for (let s = 0; s < 4; s++, at += pixel) {
      const isInside = <u32>(row + r) < <u32>height && <u32>(column + s) < <u32>width;
      for (let c: usize = 0; c < pixel; c += 16, to += 16) {
        v128.store(to, isInside ? v128.load(at + c) : f32x4.splat(0));
      }
    }
  }
}

function isZero(lanes: v128): bool {
  return i32x4.all_true(f32x4.eq(lanes, f32x4.splat(0)));
}
