// What becomes of the sums of a place.
import { Convolution } from './convolution';
import { codesOf } from './quantize';

/** Sums times scale plus bias. */
const FLOATS: i32 = 0;
/** Codes of sums of integers, by a line. */
const LINE: i32 = 1;
/** Codes of sums of integers, by thresholds of each filter. */
const THRESHOLDS: i32 = 2;
/** Codes of sums times scale plus bias, by thresholds for all. */
// the rest

/** Added to a number below 2²² it rounds it to a whole one, in the lower bits. */
export const ROUND: f32 = 12582912;
export const ROUND_BITS: i32 = 0x4b400000;

/** The sums of a place to what the convolution gives; `spare` has room for 16 bytes. */
export function finish(c: Convolution, sums: usize, place: i32, spare: usize): void {
  const to = c.output + <usize>(place * c.outputPixel + c.outputBegin);
  if (c.finish == FLOATS) {
    for (let o = 0; o < c.filters; o += 4) putFloats(to + ((<usize>o) << 2), scaled(c, sums, o), c.filters - o, spare);
    return;
  }
  const top = i8x16.splat(<i8>c.most);
  for (let o = 0; o < c.filters; o += 16) {
    let codes: v128;
    if (c.finish == LINE) {
      codes = narrow(
        onLine(c, integers(c, sums, o), o),
        onLine(c, integers(c, sums, o + 4), o + 4),
        onLine(c, integers(c, sums, o + 8), o + 8),
        onLine(c, integers(c, sums, o + 12), o + 12),
      );
      codes = i8x16.min_u(codes, top);
    } else if (c.finish == THRESHOLDS) {
      codes = narrow(counted(c, sums, o), counted(c, sums, o + 4), counted(c, sums, o + 8), counted(c, sums, o + 12));
    } else {
      codes = narrow(
        codesOf(scaled(c, sums, o), c.thresholds, c.most),
        codesOf(scaled(c, sums, o + 4), c.thresholds, c.most),
        codesOf(scaled(c, sums, o + 8), c.thresholds, c.most),
        codesOf(scaled(c, sums, o + 12), c.thresholds, c.most),
      );
    }
    putBytes(to + <usize>o, codes, c.filters - o, spare);
  }
}

/** 4 sums of integers. */
function integers(c: Convolution, sums: usize, filter: i32): v128 {
  return c.isShort ? v128.load16x4_s(sums + ((<usize>filter) << 1)) : v128.load(sums + ((<usize>filter) << 2));
}

/** 4 sums · scale + bias, each rounded. */
function scaled(c: Convolution, sums: usize, filter: i32): v128 {
  const at = (<usize>filter) << 2;
  const x = c.isWhole
    ? f32x4.convert_i32x4_s(i32x4.add(integers(c, sums, filter), v128.load(c.gamma + at)))
    : v128.load(sums + at);
  return f32x4.add(f32x4.mul(x, v128.load(c.scale + at)), v128.load(c.bias + at));
}

/** The whole numbers next to sum · scale + bias; the host has made sure that within 0 and the top they are the codes of all sums that there can be. */
function onLine(c: Convolution, sums: v128, filter: i32): v128 {
  const at = (<usize>filter) << 2;
  const x = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sums), v128.load(c.scale + at)), v128.load(c.bias + at));
  return i32x4.sub(f32x4.add(x, f32x4.splat(ROUND)), i32x4.splat(ROUND_BITS));
}

/** The numbers of thresholds [most, filters] that sums times their signs are not below. */
function counted(c: Convolution, sums: usize, filter: i32): v128 {
  const at = (<usize>filter) << 2,
    signs = v128.load(c.scale + at);
  const x = i32x4.sub(v128.xor(integers(c, sums, filter), signs), signs);
  let codes = i32x4.splat(0),
    t = c.thresholds + at;
  for (let k = 0; k < c.most; k++, t += (<usize>c.padded) << 2) codes = i32x4.sub(codes, i32x4.ge_s(x, v128.load(t)));
  return codes;
}

export function narrow(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

/** Up to 16 bytes, and nothing behind them. */
export function putBytes(to: usize, bytes: v128, count: i32, spare: usize): void {
  if (count >= 16) {
    v128.store(to, bytes);
    return;
  }
  v128.store(spare, bytes);
  for (let i: usize = 0; i < <usize>count; i++) store<u8>(to + i, load<u8>(spare + i));
}

/** Up to 4 floats, and nothing behind them. */
export function putFloats(to: usize, floats: v128, count: i32, spare: usize): void {
  if (count >= 4) {
    v128.store(to, floats);
    return;
  }
  v128.store(spare, floats);
  for (let i: usize = 0; i < (<usize>count) << 2; i += 4) store<f32>(to + i, load<f32>(spare + i));
}
