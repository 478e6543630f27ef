// Floats to codes: the numbers of thresholds that they are not below.

/** How a host codes: fields of 32 bits in this order, which `coding.ts` of the host repeats. */
@unmanaged
export class Coding {
  rule: i32;
  /** Thresholds, ascending; where rule is `SEARCH` with NaN behind them, twice `span` less one in all. */
  most: i32;
  thresholds: usize;
  span: i32;
  /** Of a line. */
  scale: f32;
  bias: f32;
}

/** Codes are the whole numbers next to a line, within 0 and the most; the host has made sure of it. */
const LINE: i32 = 0;
/** Or one more: the host has made sure that the whole number next to the line, within 0 and the most less one, is the code or the one before it. */
const GUESS: i32 = 1;
/** By bisection. */
const SEARCH: i32 = 2;
// else by counting

/** Added to a number below 2²² it rounds it to a whole one, in the lower bits. */
export const ROUND: f32 = 12582912;
export const ROUND_BITS: i32 = 0x4b400000;

/** The codes of 16 floats; that of NaN is 0. `spare` has room for 16 bytes. */
export function encode(k: Coding, a: v128, b: v128, c: v128, d: v128, spare: usize): v128 {
  const rule = k.rule;
  if (rule == LINE) {
    const m = f32x4.splat(k.scale),
      n = f32x4.splat(k.bias);
    const codes = narrow(rounded(a, m, n), rounded(b, m, n), rounded(c, m, n), rounded(d, m, n));
    return i8x16.min_u(codes, i8x16.splat(<i8>k.most));
  }
  if (rule == GUESS) return narrow(guessed(k, a, spare), guessed(k, b, spare), guessed(k, c, spare), guessed(k, d, spare));
  if (rule == SEARCH) return narrow(found(k, a), found(k, b), found(k, c), found(k, d));
  return narrow(counted(k, a), counted(k, b), counted(k, c), counted(k, d));
}

/** Numbers too large stay so in their bits; −1 stands for all below 0, and for NaN. */
@inline
function rounded(x: v128, m: v128, b: v128): v128 {
  const value = f32x4.pmax(f32x4.splat(-1), f32x4.add(f32x4.mul(x, m), b));
  return i32x4.sub(f32x4.add(value, f32x4.splat(ROUND)), i32x4.splat(ROUND_BITS));
}

@inline
function guessed(k: Coding, x: v128, spare: usize): v128 {
  const line = f32x4.add(f32x4.mul(x, f32x4.splat(k.scale)), f32x4.splat(k.bias));
  const within = f32x4.pmin(f32x4.splat(<f32>(k.most - 1)), f32x4.pmax(f32x4.splat(0), line));
  const codes = i32x4.sub(f32x4.add(within, f32x4.splat(ROUND)), i32x4.splat(ROUND_BITS));
  v128.store(spare, codes);
  const table = k.thresholds;
  let next = v128.load32_zero(table + ((<usize>load<i32>(spare)) << 2));
  next = v128.load_lane<f32>(table + ((<usize>load<i32>(spare, 4)) << 2), next, 1);
  next = v128.load_lane<f32>(table + ((<usize>load<i32>(spare, 8)) << 2), next, 2);
  next = v128.load_lane<f32>(table + ((<usize>load<i32>(spare, 12)) << 2), next, 3);
  return i32x4.sub(codes, f32x4.ge(x, next));
}

function found(k: Coding, x: v128): v128 {
  const codes = i32x4.splat(search(k, f32x4.extract_lane(x, 0)));
  const two = i32x4.replace_lane(codes, 1, search(k, f32x4.extract_lane(x, 1)));
  const three = i32x4.replace_lane(two, 2, search(k, f32x4.extract_lane(x, 2)));
  return i32x4.replace_lane(three, 3, search(k, f32x4.extract_lane(x, 3)));
}

function search(k: Coding, x: f32): i32 {
  const first = k.thresholds - 4;
  let at = first;
  for (let step = (<usize>k.span) << 2; step >= 4; step >>= 1) at += select<usize>(step, 0, x >= load<f32>(at + step));
  return <i32>((at - first) >> 2);
}

function counted(k: Coding, x: v128): v128 {
  let codes = i32x4.splat(0),
    at = k.thresholds;
  for (const end = at + ((<usize>k.most) << 2); at < end; at += 4) {
    codes = i32x4.sub(codes, f32x4.ge(x, v128.load32_splat(at)));
  }
  return codes;
}

@inline
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
