/** Values whose marks fill one word. */
const WORD: usize = 32 * 4;

/**
 * y = x within [0, 1], rounded to a multiple of 1/top (ties to even), or as it is where top is 0. Bit i % 32 of word i / 32 of
 * `inside` is set where the clip changed nothing. A NaN stays one and is marked as outside. A negative top stands for ReLU up to −top:
 * 0 itself is marked as outside.
 */
export function clipQuantize(x: usize, y: usize, inside: usize, size: i32, top: f32): void {
  if (top < 0) {
    positive(x, y, inside, size, -top);
    return;
  }
  const rounds = top > 0;
  const zeros = f32x4.splat(0),
    ones = f32x4.splat(1),
    tops = f32x4.splat(top);
  const end = x + ((<usize>size) << 2);
  while (x < end) {
    const stop = min(x + WORD, end);
    let word = 0,
      bit = 0;
    for (; x + 16 <= stop; x += 16, y += 16, bit += 4) {
      const value = v128.load(x);
      word |= i32x4.bitmask(v128.and(f32x4.ge(value, zeros), f32x4.le(value, ones))) << bit;
      let clipped = f32x4.pmax(f32x4.pmin(value, ones), zeros);
      // adding 0 turns −0 to 0
      if (rounds) clipped = f32x4.div(f32x4.add(f32x4.nearest(f32x4.mul(clipped, tops)), zeros), tops);
      v128.store(y, clipped);
    }
    for (; x < stop; x += 4, y += 4, bit++) {
      const value = load<f32>(x);
      word |= i32(value >= 0 && value <= 1) << bit;
      let clipped: f32 = value > 1 ? 1 : value;
      if (clipped < 0) clipped = 0;
      if (rounds) clipped = (nearest<f32>(clipped * top) + 0) / top;
      store<f32>(y, clipped);
    }
    store<i32>(inside, word);
    inside += 4;
  }
}

function positive(x: usize, y: usize, inside: usize, size: i32, most: f32): void {
  const zeros = f32x4.splat(0),
    limits = f32x4.splat(most);
  const end = x + ((<usize>size) << 2);
  while (x < end) {
    const stop = min(x + WORD, end);
    let word = 0,
      bit = 0;
    for (; x + 16 <= stop; x += 16, y += 16, bit += 4) {
      const value = v128.load(x);
      word |= i32x4.bitmask(v128.and(f32x4.gt(value, zeros), f32x4.le(value, limits))) << bit;
      v128.store(y, f32x4.pmax(f32x4.pmin(value, limits), zeros));
    }
    for (; x < stop; x += 4, y += 4, bit++) {
      const value = load<f32>(x);
      word |= i32(value > 0 && value <= most) << bit;
      store<f32>(y, value < 0 ? 0 : value > most ? most : value);
    }
    store<i32>(inside, word);
    inside += 4;
  }
}

/** dx = dy where `inside` is marked, 0 elsewhere. */
export function passInside(dy: usize, inside: usize, dx: usize, size: i32): void {
  const marks = i32x4(1, 2, 4, 8),
    zeros = i32x4.splat(0);
  const end = dy + ((<usize>size) << 2);
  while (dy < end) {
    const stop = min(dy + WORD, end);
    let word = load<u32>(inside);
    inside += 4;
    for (; dy + 16 <= stop; dy += 16, dx += 16) {
      const mask = i32x4.ne(v128.and(i32x4.splat(word), marks), zeros);
      v128.store(dx, v128.and(v128.load(dy), mask));
      word >>= 4;
    }
    for (; dy < stop; dy += 4, dx += 4) {
      store<i32>(dx, word & 1 ? load<i32>(dy) : 0);
      word >>= 1;
    }
  }
}
