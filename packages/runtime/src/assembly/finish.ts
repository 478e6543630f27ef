// What becomes of the sums of a place.
import { narrow, putBytes, whole } from './coding';
import { Convolution } from './convolution';
import { follow } from './links';

/** Values of `finish`: sums times scale plus bias. */
const FLOATS: i32 = 0;
/** Codes of sums of integers, by a line of each filter. */
const LINE: i32 = 1;
// else what links make of sums times scale plus bias

/** Bytes of `spare` before the floats of a place. */
export const SPARE: usize = 64;

/** The sums of a place to what the convolution gives; `spare` has room for `SPARE` bytes and the floats of a place. */
export function finish(c: Convolution, sums: usize, place: i32, spare: usize): void {
  const to = c.output + <usize>(place * c.outputPixel + c.outputBegin);
  if (c.finish == FLOATS) {
    const full = c.filters & ~3;
    scale(c, sums, to, 0, full);
    if (full == c.filters) return;
    scale(c, sums, spare - ((<usize>full) << 2), full, c.filters);
    for (let o = full, from = spare; o < c.filters; o++, from += 4) store<u32>(to + ((<usize>o) << 2), load<u32>(from));
  } else if (c.finish == LINE) {
    if (c.isShort) shortLine(c, sums, to, spare);
    else line(c, sums, to, spare);
  } else {
    scale(c, sums, spare + SPARE, 0, c.filters);
    follow(c.links, c.linkCount, spare + SPARE, c.filters, place, spare);
  }
}

/** Sums · scale + bias, each rounded, of filters from `begin` to `end`, 4 at a time. */
function scale(c: Convolution, sums: usize, to: usize, begin: i32, end: i32): void {
  const last = (<usize>end) << 2;
  const factor = c.scale,
    term = c.bias,
    missing = c.gamma;
  let at = (<usize>begin) << 2;
  if (!c.isWhole) {
    for (; at < last; at += 16) v128.store(to + at, scaled(v128.load(sums + at), factor + at, term + at));
  } else if (c.isShort) {
    for (; at < last; at += 16) {
      const sum = i32x4.add(v128.load16x4_s(sums + (at >> 1)), v128.load(missing + at));
      v128.store(to + at, scaled(f32x4.convert_i32x4_s(sum), factor + at, term + at));
    }
  } else {
    for (; at < last; at += 16) {
      const sum = i32x4.add(v128.load(sums + at), v128.load(missing + at));
      v128.store(to + at, scaled(f32x4.convert_i32x4_s(sum), factor + at, term + at));
    }
  }
}

function scaled(x: v128, factor: usize, term: usize): v128 {
  return f32x4.add(f32x4.mul(x, v128.load(factor)), v128.load(term));
}

/** The whole numbers next to sum · scale + bias; the host has made sure that within 0 and the top they are the codes of all sums that there can be. */
function line(c: Convolution, sums: usize, to: usize, spare: usize): void {
  const top = i8x16.splat(<i8>c.most),
    b = c.bias - c.scale;
  let m = c.scale;
  for (let left = c.filters; left > 0; left -= 16, sums += 64, m += 64, to += 16) {
    const codes = narrow(
      next(v128.load(sums), m, m + b),
      next(v128.load(sums, 16), m + 16, m + b + 16),
      next(v128.load(sums, 32), m + 32, m + b + 32),
      next(v128.load(sums, 48), m + 48, m + b + 48),
    );
    putBytes(to, i8x16.min_u(codes, top), left, spare);
  }
}

function shortLine(c: Convolution, sums: usize, to: usize, spare: usize): void {
  const top = i8x16.splat(<i8>c.most),
    b = c.bias - c.scale;
  let m = c.scale;
  for (let left = c.filters; left > 0; left -= 16, sums += 32, m += 64, to += 16) {
    const codes = narrow(
      next(v128.load16x4_s(sums), m, m + b),
      next(v128.load16x4_s(sums, 8), m + 16, m + b + 16),
      next(v128.load16x4_s(sums, 16), m + 32, m + b + 32),
      next(v128.load16x4_s(sums, 24), m + 48, m + b + 48),
    );
    putBytes(to, i8x16.min_u(codes, top), left, spare);
  }
}

function next(sums: v128, factor: usize, term: usize): v128 {
  return whole(scaled(f32x4.convert_i32x4_s(sums), factor, term));
}
