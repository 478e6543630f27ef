// Each channel by its own filter: the places under the window one after the other, all channels of each at once.
import { Convolution } from './convolution';

/** Sums of one place; weights [place of the window][channels up to a multiple of 32], floats or integers of 32 bits. */
export function depthwise(c: Convolution, place: i32, sums: usize): void {
  const line = place / c.columns,
    top = line * c.strideY - c.top,
    left = (place - line * c.columns) * c.strideX - c.left;
  const bytes = (<usize>c.padded) << 2;
  for (let at: usize = 0; at < bytes; at += 16) v128.store(sums + at, i32x4.splat(0));
  let w = c.weights;
  for (let ky = 0, y = top; ky < c.kernelHeight; ky++, y += c.dilationY) {
    for (let kx = 0, x = left; kx < c.kernelWidth; kx++, x += c.dilationX, w += bytes) {
      if (<u32>y >= <u32>c.height || <u32>x >= <u32>c.width) continue;
      const from = c.input + <usize>((y * c.width + x) * c.pixel);
      if (c.isWhole) addIntegers(c, from, w, sums);
      else addFloats(from, w, sums, bytes);
    }
  }
}

function addFloats(from: usize, w: usize, sums: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    const product = f32x4.mul(v128.load(from + at), v128.load(w + at));
    v128.store(sums + at, f32x4.add(v128.load(sums + at), product));
  }
}

function addIntegers(c: Convolution, from: usize, w: usize, sums: usize): void {
  if (c.mapping == 2) {
    for (let f: usize = 0; f < <usize>c.filters; f++) {
      const at = f << 2,
        factor = <i32>load<i16>(c.table + ((<usize>load<u8>(from + f)) << 1));
      store<i32>(sums + at, load<i32>(sums + at) + factor * load<i32>(w + at));
    }
    return;
  }
  const slope = i16x8.splat(<i16>c.slope),
    offset = i16x8.splat(<i16>c.offset);
  for (let f: usize = 0; f < <usize>c.padded; f += 8, w += 32, sums += 32) {
    const factors = i16x8.add(i16x8.mul(v128.load8x8_u(from + f), slope), offset);
    const low = i32x4.mul(i32x4.extend_low_i16x8_s(factors), v128.load(w)),
      high = i32x4.mul(i32x4.extend_high_i16x8_s(factors), v128.load(w, 16));
    v128.store(sums, i32x4.add(v128.load(sums), low));
    v128.store(sums, i32x4.add(v128.load(sums, 16), high), 16);
  }
}
