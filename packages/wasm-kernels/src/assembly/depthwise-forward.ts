// A depthwise convolution with one filter a channel, channels last, for multiples of 8 channels: 8 of them and 4 outputs of a row at a
// time where all taps of these lie in the image, else one output.
import { endInside, firstInside } from './depthwise';
import { madd } from './madd';

/** y[n, oh, ow, channels] from x[n, h, w, channels], the filter[kh, kw, channels] and a bias[channels]; bias 0 stands for zeros. */
export function depthwise(
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
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const tap = pixel * dilationWidth,
    step = pixel * strideWidth,
    line = pixel * dilationHeight * width,
    image = pixel * width * height;
  // outputs whose taps all lie in the image
  const inside = firstInside(-left, strideWidth),
    insideEnd = endInside((kernelWidth - 1) * dilationWidth - left, strideWidth, width, outWidth);
  for (let n = 0; n < batch; n++, x += image) {
    for (let oh = 0; oh < outHeight; oh++) {
      const row = oh * strideHeight - top;
      const r = firstInside(row, dilationHeight),
        rows = endInside(row, dilationHeight, height, kernelHeight) - r;
      const start = x + pixel * ((row + r * dilationHeight) * width - left),
        weights = filter + pixel * (r * kernelWidth);
      for (let ow = 0; ow < outWidth;) {
        const from = start + step * ow;
        if (ow >= inside && ow + 4 <= insideEnd) {
          four(from, weights, y, bias, rows, kernelWidth, pixel, tap, line, step);
          y += pixel << 2;
          ow += 4;
          continue;
        }
        const column = ow * strideWidth - left;
        const s = firstInside(column, dilationWidth),
          taps = endInside(column, dilationWidth, width, kernelWidth) - s;
        const skipped = pixel * (kernelWidth - taps);
        one(from + tap * s, weights + pixel * s, y, bias, rows, taps, skipped, pixel, tap, line);
        y += pixel;
        ow++;
      }
    }
  }
}

/** 4 outputs side by side. */
function four(
  x: usize,
  weights: usize,
  y: usize,
  bias: usize,
  rows: i32,
  taps: i32,
  pixel: usize,
  tap: usize,
  line: usize,
  step: usize,
): void {
  for (let c: usize = 0; c < pixel; c += 32) {
    let s00 = bias ? v128.load(bias + c) : f32x4.splat(0),
      s01 = bias ? v128.load(bias + c, 16) : f32x4.splat(0);
    let s10 = s00,
      s11 = s01,
      s20 = s00,
      s21 = s01,
      s30 = s00,
      s31 = s01;
    let w = weights + c,
      from = x + c;
    for (let r = 0; r < rows; r++, from += line) {
      let x0 = from;
      for (let t = 0; t < taps; t++, x0 += tap, w += pixel) {
        const w0 = v128.load(w),
          w1 = v128.load(w, 16);
        const x1 = x0 + step,
          x2 = x1 + step,
          x3 = x2 + step;
        s00 = madd(v128.load(x0), w0, s00);
        s01 = madd(v128.load(x0, 16), w1, s01);
        s10 = madd(v128.load(x1), w0, s10);
        s11 = madd(v128.load(x1, 16), w1, s11);
        s20 = madd(v128.load(x2), w0, s20);
        s21 = madd(v128.load(x2, 16), w1, s21);
        s30 = madd(v128.load(x3), w0, s30);
        s31 = madd(v128.load(x3, 16), w1, s31);
      }
    }
    let to = y + c;
    v128.store(to, s00);
    v128.store(to, s01, 16);
    to += pixel;
    v128.store(to, s10);
    v128.store(to, s11, 16);
    to += pixel;
    v128.store(to, s20);
    v128.store(to, s21, 16);
    to += pixel;
    v128.store(to, s30);
    v128.store(to, s31, 16);
  }
}

/** One output. In a row of its window are `skipped` bytes of weights that it does not see. */
function one(
  x: usize,
  weights: usize,
  y: usize,
  bias: usize,
  rows: i32,
  taps: i32,
  skipped: usize,
  pixel: usize,
  tap: usize,
  line: usize,
): void {
  for (let c: usize = 0; c < pixel; c += 32) {
    let s0 = bias ? v128.load(bias + c) : f32x4.splat(0),
      s1 = bias ? v128.load(bias + c, 16) : f32x4.splat(0);
    let w = weights + c,
      from = x + c;
    for (let r = 0; r < rows; r++, from += line, w += skipped) {
      let at = from;
      for (let t = 0; t < taps; t++, at += tap, w += pixel) {
        s0 = madd(v128.load(at), v128.load(w), s0);
        s1 = madd(v128.load(at, 16), v128.load(w, 16), s1);
      }
    }
    v128.store(y + c, s0);
    v128.store(y + c, s1, 16);
  }
}
