// Both gradients of a 1×1 convolution from blocks of its output gradient, which is never in memory as a whole.
import { COLUMNS, packB, packedBytes, ROWS } from './gemm';
import { outer } from './outer';
import { panels, TILE } from './tiles';

/** Rows of a block. */
const BLOCK: i32 = 64;

/** Rows of a block of the output gradient. */
export function pointwiseGradientsBlock(): i32 {
  return BLOCK;
}

/** Bytes of scratch memory that the functions below need; its first bytes are for a block of the output gradient. */
export function pointwiseGradientsScratch(channels: i32, filters: i32): usize {
  const block = (<usize>(BLOCK * filters)) << 2;
  return block + packedBytes(filters, channels) + TILE + packedBytes(1, channels) + <usize>BLOCK * 8;
}

/** Prepares the scratch memory for a filter w[channels, filters], and clears dW. */
export function pointwiseGradientsStart(filter: usize, dw: usize, channels: i32, filters: i32, scratch: usize): void {
  const block = (<usize>(BLOCK * filters)) << 2;
  packB(filter, 1, filters, filters, channels, scratch + block);
  memory.fill(dw, 0, (<usize>(channels * filters)) << 2);
}

/**
 * From `rows` rows of x[channels], and of the output gradient at the start of `scratch`: these rows of dx, and what they add to
 * dW[channels, filters]. `channels` is a multiple of 4 and `filters` of 8.
 */
export function pointwiseGradientsRows(
  x: usize,
  dx: usize,
  dw: usize,
  rows: i32,
  channels: i32,
  filters: i32,
  scratch: usize,
): void {
  const pixel = (<usize>channels) << 2,
    place = (<usize>filters) << 2;
  const packed = scratch + <usize>BLOCK * place,
    tile = packed + packedBytes(filters, channels),
    spare = tile + TILE,
    from = spare + packedBytes(1, channels),
    to = from + <usize>BLOCK * 4;
  const whole = (rows + ROWS - 1) & ~(ROWS - 1);
  for (let i = 0; i < whole; i++) {
    const at = (<usize>i) << 2;
    // a last tile that is not full repeats its last row and writes it nowhere
    store<usize>(from + at, scratch + <usize>min(i, rows - 1) * place);
    store<usize>(to + at, i < rows ? dx + <usize>i * pixel : spare);
  }
  panels(from, 0, to, whole, packed, 1, filters, channels, true, 0, tile);
  // the narrower side stays in the first-level cache, and the wider one passes by once
  if (filters > channels) {
    for (let f = 0; f < filters; f += COLUMNS)
      for (let c = 0; c < channels; c += ROWS) product(x, scratch, dw, c, f, rows, pixel, place);
  } else {
    for (let c = 0; c < channels; c += ROWS)
      for (let f = 0; f < filters; f += COLUMNS) product(x, scratch, dw, c, f, rows, pixel, place);
  }
}

function product(x: usize, g: usize, dw: usize, c: i32, f: i32, rows: i32, pixel: usize, place: usize): void {
  const row = (<usize>c) << 2,
    column = (<usize>f) << 2;
  outer(x + row, g + column, dw + <usize>c * place + column, 1, rows, pixel, 0, place, 0);
}
