import { narrow, putBytes, ROUND, ROUND_BITS } from './finish';

/** The numbers of thresholds that 4 floats are not below, as 4 integers; NaN is below all. */
export function codesOf(x: v128, thresholds: usize, count: i32): v128 {
  let codes = i32x4.splat(0);
  for (const end = thresholds + ((<usize>count) << 2); thresholds < end; thresholds += 4) {
    codes = i32x4.sub(codes, f32x4.ge(x, v128.load32_splat(thresholds)));
  }
  return codes;
}

/** Codes of `size` floats; floats are read to the next multiple of 16. */
export function quantize(x: usize, y: usize, size: i32, thresholds: usize, count: i32, spare: usize): void {
  for (; size > 0; size -= 16, x += 64, y += 16) {
    const codes = narrow(
      codesOf(v128.load(x), thresholds, count),
      codesOf(v128.load(x, 16), thresholds, count),
      codesOf(v128.load(x, 32), thresholds, count),
      codesOf(v128.load(x, 48), thresholds, count),
    );
    putBytes(y, codes, size, spare);
  }
}

/** The same as the whole numbers next to x · scale + bias, within 0 and `count`; the host has made sure that they are the codes. */
export function quantizeByLine(x: usize, y: usize, size: i32, scale: f32, bias: f32, count: i32, spare: usize): void {
  const m = f32x4.splat(scale),
    b = f32x4.splat(bias),
    top = i8x16.splat(<i8>count);
  for (; size > 0; size -= 16, x += 64, y += 16) {
    const codes = narrow(
      rounded(v128.load(x), m, b),
      rounded(v128.load(x, 16), m, b),
      rounded(v128.load(x, 32), m, b),
      rounded(v128.load(x, 48), m, b),
    );
    putBytes(y, i8x16.min_u(codes, top), size, spare);
  }
}

/** Numbers too large stay so in their bits; −1 stands for all below 0, and for NaN. */
function rounded(x: v128, m: v128, b: v128): v128 {
  const value = f32x4.pmax(f32x4.splat(-1), f32x4.add(f32x4.mul(x, m), b));
  return i32x4.sub(f32x4.add(value, f32x4.splat(ROUND)), i32x4.splat(ROUND_BITS));
}

/** What codes stand for or count as, by a table of 32-bit numbers. */
export function dequantize(x: usize, y: usize, size: i32, table: usize): void {
  for (const end = x + <usize>size; x < end; x++, y += 4) {
    store<u32>(y, load<u32>(table + ((<usize>load<u8>(x)) << 2)));
  }
}
