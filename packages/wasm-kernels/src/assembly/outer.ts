// The gradient of a convolution's filter where its channels fill whole tiles of 4 by 8: both sides are read where they lie.
import { add, COLUMNS, ROWS } from './gemm';
import { madd } from './madd';

/** Bytes of both sides that stay in the first-level cache while tile after tile of the filter is added to. */
const RESIDENT: i32 = 24576;
/** Fewest places at a time: below them, to read and write the filter's tile costs more than the cache saves. */
const PLACES: i32 = 64;

/**
 * dW[kh, kw, channels, filters] from x[n, h, w, channels] and dy[n, oh, ow, filters], channels a multiple of 4 and filters of 8: for
 * each tap the sum of the outer products of the pixels that it sees with dy.
 */
export function outerFilterGradient(
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
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
): void {
  const tapBytes = (<usize>(channels * filters)) << 2,
    pixel = (<usize>channels) << 2,
    place = (<usize>filters) << 2;
  const line = <usize>width * pixel,
    outLine = <usize>outWidth * place;
  memory.fill(dw, 0, <usize>(kernelHeight * kernelWidth) * tapBytes);
  if (outWidth == 0) return;
  const block = max((PLACES + outWidth - 1) / outWidth, RESIDENT / <i32>(outLine + line * strideHeight));
  for (let example = 0; example < batch; example++) {
    for (let first = 0; first < outHeight; first += block) {
      const last = min(outHeight, first + block);
      for (let r = 0; r < kernelHeight; r++) {
        const i = max(first, begin(top - r, strideHeight)),
          lines = min(last, end(top - r, height, strideHeight)) - i;
        if (lines <= 0) continue;
        for (let s = 0; s < kernelWidth; s++) {
          const j = begin(left - s, strideWidth),
            columns = min(outWidth, end(left - s, width, strideWidth)) - j;
          if (columns <= 0) continue;
          const from = x + <usize>(i * strideHeight - top + r) * line + <usize>(j * strideWidth - left + s) * pixel,
            seen = dy + <usize>i * outLine + <usize>j * place,
            tap = dw + <usize>(r * kernelWidth + s) * tapBytes;
          for (let c = 0; c < channels; c += ROWS) {
            for (let f = 0; f < filters; f += COLUMNS) {
              outer(
                from + ((<usize>c) << 2),
                seen + ((<usize>f) << 2),
                tap + ((<usize>(c * filters + f)) << 2),
                lines,
                columns,
                pixel * strideWidth,
                line * strideHeight,
                place,
                outLine,
              );
            }
          }
        }
      }
    }
    x += <usize>height * line;
    dy += <usize>outHeight * outLine;
  }
}

/** First output whose tap, `before` pixels before its window's place in the image, lies in it. */
function begin(before: i32, stride: i32): i32 {
  return before <= 0 ? 0 : (before + stride - 1) / stride;
}

/** The output after the last one whose tap lies in the image. */
function end(before: i32, size: i32, stride: i32): i32 {
  const last = size - 1 + before;
  return last < 0 ? 0 : last / stride + 1;
}

/** Adds to 4 rows of dW by 8 columns the product over `lines` by `columns` places; the steps are in bytes. */
export function outer(
  x: usize,
  dy: usize,
  dw: usize,
  lines: i32,
  columns: i32,
  stepX: usize,
  lineX: usize,
  stepY: usize,
  lineY: usize,
): void {
  let s00 = f32x4.splat(0),
    s01 = s00,
    s10 = s00,
    s11 = s00,
    s20 = s00,
    s21 = s00,
    s30 = s00,
    s31 = s00;
  for (let i = 0; i < lines; i++, x += lineX, dy += lineY) {
    let a = x,
      b = dy;
    for (const stop = a + <usize>columns * stepX; a < stop; a += stepX, b += stepY) {
      const b0 = v128.load(b),
        b1 = v128.load(b, 16);
      let s = v128.load32_splat(a);
      s00 = madd(s, b0, s00);
      s01 = madd(s, b1, s01);
      s = v128.load32_splat(a, 4);
      s10 = madd(s, b0, s10);
      s11 = madd(s, b1, s11);
      s = v128.load32_splat(a, 8);
      s20 = madd(s, b0, s20);
      s21 = madd(s, b1, s21);
      s = v128.load32_splat(a, 12);
      s30 = madd(s, b0, s30);
      s31 = madd(s, b1, s31);
    }
  }
  add(dw, s00, s01);
  add(dw + stepY, s10, s11);
  add(dw + 2 * stepY, s20, s21);
  add(dw + 3 * stepY, s30, s31);
}
