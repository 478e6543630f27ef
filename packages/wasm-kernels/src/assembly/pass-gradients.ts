// Gradients that pass where an input lies in a range, with what TF.js's compositions make of NaN and infinities.

/** dx = dy times 1 where 0 < x ≤ most, 0 elsewhere, and NaN where x is: a ReLU's. */
export function reluGradient(dy: usize, x: usize, dx: usize, size: i32, most: f32): void {
  const end = dy + ((<usize>size) << 2);
  for (; dy + 16 <= end; dy += 16, x += 16, dx += 16) {
    v128.store(dx, f32x4.mul(v128.load(dy), slopes(v128.load(x), most)));
  }
  for (; dy < end; dy += 4, x += 4, dx += 4) {
    v128.store_lane<f32>(dx, f32x4.mul(v128.load32_zero(dy), slopes(v128.load32_zero(x), most)), 0);
  }
}

function slopes(x: v128, most: f32): v128 {
  const passes = v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.le(x, f32x4.splat(most)));
  // all bits set are a NaN
  return v128.or(v128.and(f32x4.splat(1), passes), f32x4.ne(x, x));
}

/** dx = dy where low ≤ x ≤ high, 0 elsewhere: a clip's. */
export function clipGradient(dy: usize, x: usize, dx: usize, size: i32, low: f32, high: f32): void {
  const end = dy + ((<usize>size) << 2);
  for (; dy + 16 <= end; dy += 16, x += 16, dx += 16) {
    v128.store(dx, v128.and(v128.load(dy), within(v128.load(x), low, high)));
  }
  for (; dy < end; dy += 4, x += 4, dx += 4) {
    v128.store_lane<f32>(dx, v128.and(v128.load32_zero(dy), within(v128.load32_zero(x), low, high)), 0);
  }
}

function within(x: v128, low: f32, high: f32): v128 {
  return v128.and(f32x4.ge(x, f32x4.splat(low)), f32x4.le(x, f32x4.splat(high)));
}

/** dx = dy · 2 x: a square's. */
export function squareGradient(dy: usize, x: usize, dx: usize, size: i32): void {
  const end = dy + ((<usize>size) << 2);
  for (; dy + 16 <= end; dy += 16, x += 16, dx += 16) {
    const value = v128.load(x);
    v128.store(dx, f32x4.mul(v128.load(dy), f32x4.add(value, value)));
  }
  for (; dy < end; dy += 4, x += 4, dx += 4) {
    const value = load<f32>(x);
    store<f32>(dx, load<f32>(dy) * (value + value));
  }
}
