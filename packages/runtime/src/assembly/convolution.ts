/**
 * A convolution as the host describes it: fields of 32 bits in this order, which `convolution.ts` of the host repeats. Rows are the
 * values under the kernel at one place, as bytes: one a code, four a float.
 */
@unmanaged
export class Convolution {
  /** Addresses of the input, the output, the packed weights. */
  input: usize;
  output: usize;
  weights: usize;
  /** Of the input; `pixel` is the bytes of one place, of which a row takes `depth` from `begin` on. */
  height: i32;
  width: i32;
  pixel: i32;
  begin: i32;
  depth: i32;
  /** Of the window. */
  kernelHeight: i32;
  kernelWidth: i32;
  strideY: i32;
  strideX: i32;
  top: i32;
  left: i32;
  dilationY: i32;
  dilationX: i32;
  /** Columns of the output. */
  columns: i32;
  /** The byte that padding is made of. */
  fill: i32;
  /** Bytes of a row with the zeros behind it; whether rows can be read where they lie. */
  size: i32;
  isDirect: i32;
  /** Of a shift before a point-wise product: address and number of the pieces that a row is put together from. */
  pieces: usize;
  pieceCount: i32;
  /** How codes become the factors of 16 bits: 0 as they are, 1 by slope and offset, 2 by a table of 16 bits. */
  mapping: i32;
  slope: i32;
  offset: i32;
  table: usize;
  /** Which product; the sums are alpha · Σ w a + beta · Σ a, in 16 bits where `isShort`. */
  product: i32;
  alpha: i32;
  beta: i32;
  isShort: i32;
  /** Whether sums are integers. */
  isWhole: i32;
  /** Steps that a packed product may add up before it is unpacked. */
  steps: i32;
  /** Filters, and blocks of the packed weights; the results of a place are in its `outputPixel` bytes from `outputBegin` on. */
  filters: i32;
  blocks: i32;
  outputPixel: i32;
  outputBegin: i32;
  /** What becomes of the sums: see `finish`. */
  finish: i32;
  scale: usize;
  bias: usize;
  gamma: usize;
  /** What follows, and its number; of a line of each filter the largest code. */
  links: usize;
  linkCount: i32;
  most: i32;
  /** Filters with what fills the last block up to a multiple of 32, for which scale, bias and gamma have room. */
  padded: i32;
}

/** Values of `product`. */
export const LOOKUPS: i32 = 0;
export const FOUR_DOTS: i32 = 1;
export const MANY_DOTS: i32 = 2;
export const DOTS: i32 = 3;
export const RELAXED_SHORT: i32 = 4;
export const RELAXED_DOTS: i32 = 5;
export const FLOAT_PRODUCT: i32 = 6;
export const DEPTHWISE: i32 = 7;

/** What `pieces` points at: 16 channels taken from another place, of which the mask says which. */
@unmanaged
class Piece {
  dy: i32;
  dx: i32;
  channel: i32;
  /** Whether it is the first of its 16 channels. */
  isFirst: i32;
}

const PIECE: usize = 32;

/** The address of the row of output place `place`: `to`, or where it lies already. */
export function row(c: Convolution, place: i32, to: usize): usize {
  if (c.isDirect) return c.input + <usize>(place * c.pixel);
  const line = place / c.columns,
    y = line * c.strideY,
    x = (place - line * c.columns) * c.strideX;
  if (c.pieces) shifted(c, y, x, to);
  else window(c, y - c.top, x - c.left, to);
  return to;
}

/** Copies in steps of 16 bytes, up to 15 bytes too many. */
function copy(to: usize, from: usize, bytes: i32): void {
  const end = from + <usize>bytes;
  for (; from < end; from += 16, to += 16) v128.store(to, v128.load(from));
}

function fill(to: usize, value: v128, bytes: i32): void {
  const end = to + <usize>bytes;
  for (; to < end; to += 16) v128.store(to, value);
}

function window(c: Convolution, y: i32, x: i32, to: usize): void {
  const depth = c.depth,
    padding = i8x16.splat(<i8>c.fill),
    start = to;
  const isWhole = depth == c.pixel && c.dilationX == 1;
  for (let ky = 0; ky < c.kernelHeight; ky++, y += c.dilationY) {
    if (<u32>y >= <u32>c.height) {
      fill(to, padding, c.kernelWidth * depth);
      to += <usize>(c.kernelWidth * depth);
      continue;
    }
    const line = c.input + <usize>(y * c.width * c.pixel + c.begin);
    if (isWhole) {
      const before = min(max(0, -x), c.kernelWidth),
        after = max(before, min(c.kernelWidth, c.width - x));
      fill(to, padding, before * depth);
      copy(to + <usize>(before * depth), line + <usize>((x + before) * depth), (after - before) * depth);
      fill(to + <usize>(after * depth), padding, (c.kernelWidth - after) * depth);
      to += <usize>(c.kernelWidth * depth);
      continue;
    }
    for (let kx = 0, column = x; kx < c.kernelWidth; kx++, column += c.dilationX, to += <usize>depth) {
      if (<u32>column < <u32>c.width) copy(to, line + <usize>(column * c.pixel), depth);
      else fill(to, padding, depth);
    }
  }
  fill(to, i8x16.splat(0), c.size - <i32>(to - start));
}

function shifted(c: Convolution, y: i32, x: i32, to: usize): void {
  const padding = i8x16.splat(<i8>c.fill);
  let sum = i8x16.splat(0),
    at = c.pieces;
  for (const end = at + <usize>c.pieceCount * PIECE; at < end; at += PIECE) {
    const piece = changetype<Piece>(at),
      mask = v128.load(at, 16);
    const row = y + piece.dy,
      column = x + piece.dx;
    const isInside = <u32>row < <u32>c.height && <u32>column < <u32>c.width;
    const value = isInside ? v128.load(c.input + <usize>((row * c.width + column) * c.pixel + piece.channel)) : padding;
    sum = v128.or(piece.isFirst ? i8x16.splat(0) : sum, v128.and(value, mask));
    v128.store(to + <usize>piece.channel, sum);
  }
}
