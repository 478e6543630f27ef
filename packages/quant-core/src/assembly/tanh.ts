// Four hyperbolic tangents at once, with the bits of the C library's tanhf, which TF.js's own kernel calls. It and its expm1f come
// from fdlibm:
//
// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
// Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and distribute this software is freely
// granted, provided that this notice is preserved.

/** tanh x in all lanes: by expm1(2|x|), or from expm1(−2|x|) where |x| is below log(5/3)/2. */
export function tanh(x: v128): v128 {
  const size = f32x4.abs(x),
    bits = size;
  const isSmall = i32x4.le_s(bits, i32x4.splat(0x3e82c578)),
    isLarge = i32x4.gt_s(bits, i32x4.splat(0x3f0c9f54));
  const ones = f32x4.splat(1),
    twos = f32x4.splat(2);
  const twice = f32x4.add(size, size);
  const e = expm1(v128.bitselect(f32x4.neg(twice), twice, isSmall));
  const sum = f32x4.add(e, twos);
  const ratio = f32x4.div(v128.bitselect(twos, e, isLarge), sum);
  let t = v128.bitselect(f32x4.sub(ones, ratio), v128.bitselect(f32x4.neg(ratio), ratio, isSmall), isLarge);
  // beyond 10 it is 1, a NaN stays one, and a subnormal number is its own tangent
  t = v128.bitselect(f32x4.add(ones, f32x4.div(f32x4.splat(0), size)), t, i32x4.gt_s(bits, i32x4.splat(0x41200000)));
  t = v128.bitselect(size, t, i32x4.lt_s(bits, i32x4.splat(0x00800000)));
  return v128.bitselect(x, t, i32x4.splat(0x80000000));
}

/** 1 / (1 + e^−x) in all lanes, by expm1(|x|); 0 or 1 where float32 has no number between. */
export function sigmoid(x: v128): v128 {
  const size = f32x4.abs(x),
    ones = f32x4.splat(1);
  const e = expm1(f32x4.min(size, f32x4.splat(88))),
    sum = f32x4.add(e, f32x4.splat(2));
  const below = v128.andnot(f32x4.div(ones, sum), f32x4.gt(size, f32x4.splat(103.97208)));
  const above = f32x4.div(f32x4.add(e, ones), sum);
  return v128.bitselect(below, above, f32x4.lt(x, f32x4.splat(0)));
}

/** e^x − 1 in all lanes for x from −0.52 to 88: x = k·ln 2 + r, and a rational function of r. */
function expm1(x: v128): v128 {
  const size = v128.and(x, i32x4.splat(0x7fffffff)),
    signs = v128.and(x, i32x4.splat(0x80000000));
  const halves = f32x4.splat(0.5),
    ones = f32x4.splat(1),
    zeros = i32x4.splat(0);
  let k = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(f32x4.splat(1.4426950216), x), halves));
  const unit = v128.bitselect(i32x4.splat(-1), i32x4.splat(1), i32x4.ne(signs, zeros));
  k = v128.bitselect(unit, k, i32x4.lt_s(size, i32x4.splat(0x3f851592)));
  k = v128.and(k, i32x4.gt_s(size, i32x4.splat(0x3eb17218)));

  const steps = f32x4.convert_i32x4_s(k);
  const high = f32x4.sub(x, f32x4.mul(steps, f32x4.splat(6.9313812256e-1))),
    low = f32x4.mul(steps, f32x4.splat(9.0580006145e-6));
  const r = f32x4.sub(high, low);
  const c = f32x4.sub(f32x4.sub(high, r), low);

  const half = f32x4.mul(halves, r);
  const square = f32x4.mul(r, half);
  const r1 = f32x4.add(
    ones,
    f32x4.mul(square, f32x4.add(f32x4.splat(-3.3333212137e-2), f32x4.mul(square, f32x4.splat(1.580717042e-3)))),
  );
  const t = f32x4.sub(f32x4.splat(3), f32x4.mul(r1, half));
  let e = f32x4.mul(square, f32x4.div(f32x4.sub(r1, t), f32x4.sub(f32x4.splat(6), f32x4.mul(r, t))));
  e = f32x4.sub(f32x4.sub(f32x4.mul(r, f32x4.sub(e, c)), c), square);

  const rest = f32x4.sub(r, e);
  const scale = i32x4.shl(i32x4.add(k, i32x4.splat(127)), 23),
    inverse = i32x4.shl(i32x4.sub(i32x4.splat(127), k), 23);
  const few = f32x4.add(rest, f32x4.sub(ones, inverse)),
    many = f32x4.add(f32x4.sub(r, f32x4.add(e, inverse)), ones);
  const below = f32x4.mul(f32x4.splat(-2), f32x4.sub(e, f32x4.add(r, halves))),
    above = f32x4.add(ones, f32x4.add(rest, rest));
  let y = f32x4.mul(v128.bitselect(few, many, i32x4.lt_s(k, i32x4.splat(23))), scale);
  y = v128.bitselect(v128.bitselect(below, above, f32x4.lt(r, f32x4.splat(-0.25))), y, i32x4.eq(k, i32x4.splat(1)));
  y = v128.bitselect(rest, y, i32x4.eq(k, zeros));
  y = v128.bitselect(f32x4.sub(f32x4.mul(halves, rest), halves), y, i32x4.eq(k, i32x4.splat(-1)));
  return v128.bitselect(x, y, i32x4.lt_s(size, i32x4.splat(0x33000000)));
}
