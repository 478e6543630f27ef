// What becomes of the sums of a place.
import { encode, narrow, putBytes, ROUND, ROUND_BITS } from './coding';
import { Convolution } from './convolution';

/** Values of `finish`: sums times scale plus bias. */
const FLOATS: i32 = 0;
/** Codes of sums of integers, by a line of each filter. */
const LINE: i32 = 1;
// else codes of sums times scale plus bias

/** The sums of a place to what the convolution gives; `spare` has room for 16 bytes. */
export function finish(c: Convolution, sums: usize, place: i32, spare: usize): void {
  const to = c.output + <usize>(place * c.outputPixel + c.outputBegin);
  if (c.finish == FLOATS) floats(c, sums, to, spare);
  else if (c.finish == LINE) lined(c, sums, to, spare);
  else coded(c, sums, to, spare);
}

/** 4 sums of integers, of filter `o` and the next. */
@inline
function integers(sums: usize, o: i32, isShort: bool): v128 {
  return isShort ? v128.load16x4_s(sums + ((<usize>o) << 1)) : v128.load(sums + ((<usize>o) << 2));
}

/** 4 numbers · scale + bias, each rounded. */
@inline
function scaled(x: v128, scale: usize, bias: usize): v128 {
  return f32x4.add(f32x4.mul(x, v128.load(scale)), v128.load(bias));
}

/** 4 sums as floats; integers lack gamma, which is there or not. */
@inline
function sum(c: Convolution, sums: usize, o: i32): v128 {
  const at = (<usize>o) << 2;
  if (!c.isWhole) return v128.load(sums + at);
  const whole = integers(sums, o, c.isShort != 0);
  return f32x4.convert_i32x4_s(c.gamma ? i32x4.add(whole, v128.load(c.gamma + at)) : whole);
}

function floats(c: Convolution, sums: usize, to: usize, spare: usize): void {
  const filters = c.filters;
  let scale = c.scale,
    bias = c.bias;
  for (let o = 0; o < filters; o += 4, scale += 16, bias += 16, to += 16) {
    putFloats(to, scaled(sum(c, sums, o), scale, bias), filters - o, spare);
  }
}

/** The whole numbers next to sum · scale + bias; the host has made sure that within 0 and the top they are the codes of all sums that there can be. */
function lined(c: Convolution, sums: usize, to: usize, spare: usize): void {
  const filters = c.filters,
    top = i8x16.splat(<i8>c.most);
  const isShort = c.isShort != 0;
  let scale = c.scale,
    bias = c.bias;
  for (let o = 0; o < filters; o += 16, scale += 64, bias += 64, to += 16) {
    const codes = isShort ? onLine(sums, o, true, scale, bias) : onLine(sums, o, false, scale, bias);
    putBytes(to, i8x16.min_u(codes, top), filters - o, spare);
  }
}

@inline
function onLine(sums: usize, o: i32, isShort: bool, scale: usize, bias: usize): v128 {
  return narrow(
    nearest(integers(sums, o, isShort), scale, bias),
    nearest(integers(sums, o + 4, isShort), scale + 16, bias + 16),
    nearest(integers(sums, o + 8, isShort), scale + 32, bias + 32),
    nearest(integers(sums, o + 12, isShort), scale + 48, bias + 48),
  );
}

@inline
function nearest(sums: v128, scale: usize, bias: usize): v128 {
  const x = scaled(f32x4.convert_i32x4_s(sums), scale, bias);
  return i32x4.sub(f32x4.add(x, f32x4.splat(ROUND)), i32x4.splat(ROUND_BITS));
}

function coded(c: Convolution, sums: usize, to: usize, spare: usize): void {
  const filters = c.filters,
    coding = c.coding;
  let scale = c.scale,
    bias = c.bias;
  for (let o = 0; o < filters; o += 16, scale += 64, bias += 64, to += 16) {
    const codes = encode(
      coding,
      scaled(sum(c, sums, o), scale, bias),
      scaled(sum(c, sums, o + 4), scale + 16, bias + 16),
      scaled(sum(c, sums, o + 8), scale + 32, bias + 32),
      scaled(sum(c, sums, o + 12), scale + 48, bias + 48),
      spare,
    );
    putBytes(to, codes, filters - o, spare);
  }
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
