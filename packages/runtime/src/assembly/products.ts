// Products that are rare: plain loops, over floats, each product and each sum rounded, or over integers of 32 bits.
import { Window } from './window';

/** y[m, n] = Σ a[m, k] b[k, n] in the order of k, b at steps of numbers; sums of integers become floats at the end. */
export function matMul(
  a: usize,
  b: usize,
  y: usize,
  m: i32,
  k: i32,
  n: i32,
  stepK: i32,
  stepN: i32,
  isWhole: i32,
): void {
  for (let i = 0; i < m; i++, a += (<usize>k) << 2) {
    for (let j = 0; j < n; j++, y += 4) {
      let from = b + ((<usize>(j * stepN)) << 2);
      let sum: f32 = 0,
        whole: i32 = 0;
      for (let at = a, end = a + ((<usize>k) << 2); at < end; at += 4, from += (<usize>stepK) << 2) {
        if (isWhole) whole += load<i32>(at) * load<i32>(from);
        else sum += load<f32>(at) * load<f32>(from);
      }
      store<f32>(y, isWhole ? <f32>whole : sum);
    }
  }
}

/** The transposed convolution: kernel [windowHeight, windowWidth, filters, channels]. */
export function convTranspose(w: Window, x: usize, kernel: usize, y: usize, isWhole: i32): void {
  const bytes = (<usize>w.channels) << 2;
  for (let i = 0; i < w.rows; i++) {
    for (let j = 0; j < w.columns; j++) {
      for (let f = 0; f < w.filters; f++, y += 4) {
        let sum: f32 = 0,
          whole: i32 = 0;
        for (let u = 0; u < w.windowHeight; u++) {
          const tall = i + w.top - u;
          if (tall < 0 || tall % w.strideY || tall / w.strideY >= w.height) continue;
          for (let v = 0; v < w.windowWidth; v++) {
            const wide = j + w.left - v;
            if (wide < 0 || wide % w.strideX || wide / w.strideX >= w.width) continue;
            let from = x + <usize>((tall / w.strideY) * w.width + wide / w.strideX) * bytes,
              weight = kernel + <usize>((u * w.windowWidth + v) * w.filters + f) * bytes;
            for (const end = from + bytes; from < end; from += 4, weight += 4) {
              if (isWhole) whole += load<i32>(from) * load<i32>(weight);
              else sum += load<f32>(from) * load<f32>(weight);
            }
          }
        }
        store<f32>(y, isWhole ? <f32>whole : sum);
      }
    }
  }
}
