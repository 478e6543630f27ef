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

/** Codes are the whole numbers next to a line, or below it, within 0 and the most; the host has made sure of it. */
const LINE: i32 = 0;
const FLOOR: i32 = 1;
/** Or one more: the host has made sure that the whole number next to the line, within 0 and the most less one, is the code or the one before it. */
const GUESS: i32 = 2;
/** By bisection. */
const SEARCH: i32 = 3;
// else by counting

/** Added to a number below 2²² it rounds it to a whole one, in the lower bits. */
const ROUND: f32 = 12582912;
const ROUND_BITS: i32 = 0x4b400000;

/** Codes of `size` floats, that of NaN 0; floats are read to the next multiple of 16. `spare` has room for 16 bytes. */
export function quantize(x: usize, y: usize, size: i32, k: Coding, spare: usize): void {
  const m = f32x4.splat(k.scale),
    b = f32x4.splat(k.bias),
    top = i8x16.splat(<i8>k.most);
  if (k.rule == LINE) {
    for (; size > 0; size -= 16, x += 64, y += 16) {
      const codes = narrow(next(x, m, b), next(x + 16, m, b), next(x + 32, m, b), next(x + 48, m, b));
      putBytes(y, i8x16.min_u(codes, top), size, spare);
    }
  } else if (k.rule == FLOOR) {
    for (; size > 0; size -= 16, x += 64, y += 16) {
      const codes = narrow(below(x, m, b), below(x + 16, m, b), below(x + 32, m, b), below(x + 48, m, b));
      putBytes(y, i8x16.min_u(codes, top), size, spare);
    }
  } else if (k.rule == GUESS) {
    for (; size > 0; size -= 16, x += 64, y += 16) {
      const low = i16x8.narrow_i32x4_s(guessed(k, x, m, b, spare), guessed(k, x + 16, m, b, spare)),
        high = i16x8.narrow_i32x4_s(guessed(k, x + 32, m, b, spare), guessed(k, x + 48, m, b, spare));
      putBytes(y, i8x16.narrow_i16x8_u(low, high), size, spare);
    }
  } else if (k.rule == SEARCH) {
    for (const end = y + <usize>size; y < end; x += 4, y++) store<u8>(y, search(k, load<f32>(x)));
  } else {
    for (; size > 0; size -= 16, x += 64, y += 16) {
      putBytes(y, narrow(counted(k, x), counted(k, x + 16), counted(k, x + 32), counted(k, x + 48)), size, spare);
    }
  }
}

/** −1 stands for all below 0, and for NaN. */
function onLine(x: usize, m: v128, b: v128): v128 {
  return f32x4.pmax(f32x4.splat(-1), f32x4.add(f32x4.mul(v128.load(x), m), b));
}

/** Floats as the whole numbers next to them; numbers too large stay so in their bits. */
export function whole(x: v128): v128 {
  return i32x4.sub(f32x4.add(x, f32x4.splat(ROUND)), i32x4.splat(ROUND_BITS));
}

function next(x: usize, m: v128, b: v128): v128 {
  return whole(onLine(x, m, b));
}

function below(x: usize, m: v128, b: v128): v128 {
  return whole(f32x4.floor(onLine(x, m, b)));
}

function guessed(k: Coding, at: usize, m: v128, b: v128, spare: usize): v128 {
  const x = v128.load(at),
    most = f32x4.splat(<f32>(k.most - 1));
  const codes = whole(f32x4.pmin(most, f32x4.pmax(f32x4.splat(0), f32x4.add(f32x4.mul(x, m), b))));
  v128.store(spare, codes);
  const table = k.thresholds;
  let reached = v128.load32_zero(table + (load<u32>(spare) << 2));
  reached = v128.load_lane<f32>(table + (load<u32>(spare, 4) << 2), reached, 1);
  reached = v128.load_lane<f32>(table + (load<u32>(spare, 8) << 2), reached, 2);
  reached = v128.load_lane<f32>(table + (load<u32>(spare, 12) << 2), reached, 3);
  return i32x4.sub(codes, f32x4.ge(x, reached));
}

function search(k: Coding, x: f32): i32 {
  const first = k.thresholds - 4;
  let at = first;
  for (let step = (<usize>k.span) << 2; step >= 4; step >>= 1) at += select<usize>(step, 0, x >= load<f32>(at + step));
  return <i32>((at - first) >> 2);
}

function counted(k: Coding, from: usize): v128 {
  const x = v128.load(from);
  let codes = i32x4.splat(0),
    at = k.thresholds;
  for (const end = at + ((<usize>k.most) << 2); at < end; at += 4) {
    codes = i32x4.sub(codes, f32x4.ge(x, v128.load32_splat(at)));
  }
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
