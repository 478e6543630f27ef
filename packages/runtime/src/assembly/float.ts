// Products of floats. Vectors are filters, and each sum adds one product after the other, rounded twice: the order and the
// roundings of the reference interpreter.
import { Convolution } from './convolution';

/** Sums of 4 rows; weights: for each block of 8 filters [row][filter]. */
export function floatProducts(c: Convolution, r0: usize, r1: usize, r2: usize, r3: usize, to: usize): void {
  const bytes = <usize>(c.padded << 2),
    end = r0 + <usize>c.size;
  let w = c.weights;
  for (let block = 0; block < c.blocks; block++, to += 32) {
    let s00 = f32x4.splat(0),
      s01 = s00,
      s10 = s00,
      s11 = s00,
      s20 = s00,
      s21 = s00,
      s30 = s00,
      s31 = s00;
    for (let a = r0, b = r1, p = r2, q = r3; a < end; a += 4, b += 4, p += 4, q += 4, w += 32) {
      const low = v128.load(w),
        high = v128.load(w, 16);
      let x = v128.load32_splat(a);
      s00 = f32x4.add(s00, f32x4.mul(x, low));
      s01 = f32x4.add(s01, f32x4.mul(x, high));
      x = v128.load32_splat(b);
      s10 = f32x4.add(s10, f32x4.mul(x, low));
      s11 = f32x4.add(s11, f32x4.mul(x, high));
      x = v128.load32_splat(p);
      s20 = f32x4.add(s20, f32x4.mul(x, low));
      s21 = f32x4.add(s21, f32x4.mul(x, high));
      x = v128.load32_splat(q);
      s30 = f32x4.add(s30, f32x4.mul(x, low));
      s31 = f32x4.add(s31, f32x4.mul(x, high));
    }
    putTwo(to, s00, s01);
    putTwo(to + bytes, s10, s11);
    putTwo(to + bytes * 2, s20, s21);
    putTwo(to + bytes * 3, s30, s31);
  }
}

/** Two vectors, one after the other. */
export function putTwo(to: usize, low: v128, high: v128): void {
  v128.store(to, low);
  v128.store(to, high, 16);
}
