// Sums over rows of channels. A block of rows is summed in float32 and the blocks in float64, so that each value is read from
// memory once and a mean far from zero costs no digits.

/** Rows of a block: 16 channels of them stay in the first-level cache. */
export const BLOCK: i32 = 64;

/** Bytes of 8-byte aligned scratch memory: two float64, three float32 and a block of rows for each channel. */
export function batchNormScratch(channels: i32): usize {
  return <usize>channels * (28 + ((<usize>BLOCK) << 2));
}

/** Clears the sums of {@link batchNormMoments}. */
export function batchNormMomentsStart(scratch: usize, channels: i32): void {
  memory.fill(scratch, 0, (<usize>channels) << 4);
}

/**
 * Adds rows `first` to `first + rows` of x[count, channels], which lie at `x`, to the sums in `scratch`: each block's mean and squared
 * deviations from it, merged by Chan, Golub and LeVeque's formula. `first` is a multiple of BLOCK; `mean` and `variance` are used.
 */
export function batchNormMoments(
  x: usize,
  mean: usize,
  variance: usize,
  scratch: usize,
  first: i32,
  rows: i32,
  channels: i32,
): void {
  const pixel = (<usize>channels) << 2,
    end = first + rows;
  for (; first < end; first += BLOCK) {
    const rows = min(BLOCK, end - first);
    let c = 0;
    for (; c + 16 <= channels; c += 16) {
      const at = (<usize>c) << 2;
      moments16(x + at, pixel, rows, mean + at, variance + at);
    }
    for (; c < channels; c++) {
      const at = (<usize>c) << 2;
      moments1(x + at, pixel, rows, mean + at, variance + at);
    }
    merge(mean, variance, scratch, first, rows, channels);
    x += <usize>rows * pixel;
  }
}

/** Mean and biased variance of each channel of `count` rows whose sums {@link batchNormMoments} has made. */
export function batchNormMomentsEnd(mean: usize, variance: usize, scratch: usize, count: i32, channels: i32): void {
  for (let c = 0; c < channels; c++) {
    const at = (<usize>c) << 2,
      sums = scratch + ((<usize>c) << 4);
    store<f32>(mean + at, <f32>load<f64>(sums));
    store<f32>(variance + at, <f32>(load<f64>(sums, 8) / <f64>count));
  }
}

/** Mean, and sum of squared deviations from it, of 16 channels over the rows of a block. */
function moments16(x: usize, pixel: usize, rows: i32, mean: usize, squares: usize): void {
  const end = x + <usize>rows * pixel;
  let a = f32x4.splat(0),
    b = a,
    c = a,
    d = a;
  for (let at = x; at < end; at += pixel) {
    a = f32x4.add(a, v128.load(at));
    b = f32x4.add(b, v128.load(at, 16));
    c = f32x4.add(c, v128.load(at, 32));
    d = f32x4.add(d, v128.load(at, 48));
  }
  const size = f32x4.splat(<f32>rows);
  const ma = f32x4.div(a, size),
    mb = f32x4.div(b, size),
    mc = f32x4.div(c, size),
    md = f32x4.div(d, size);
  a = f32x4.splat(0);
  b = a;
  c = a;
  d = a;
  for (let at = x; at < end; at += pixel) {
    const da = f32x4.sub(v128.load(at), ma),
      db = f32x4.sub(v128.load(at, 16), mb),
      dc = f32x4.sub(v128.load(at, 32), mc),
      dd = f32x4.sub(v128.load(at, 48), md);
    a = f32x4.add(a, f32x4.mul(da, da));
    b = f32x4.add(b, f32x4.mul(db, db));
    c = f32x4.add(c, f32x4.mul(dc, dc));
    d = f32x4.add(d, f32x4.mul(dd, dd));
  }
  v128.store(mean, ma);
  v128.store(mean, mb, 16);
  v128.store(mean, mc, 32);
  v128.store(mean, md, 48);
  v128.store(squares, a);
  v128.store(squares, b, 16);
  v128.store(squares, c, 32);
  v128.store(squares, d, 48);
}

function moments1(x: usize, pixel: usize, rows: i32, mean: usize, squares: usize): void {
  const end = x + <usize>rows * pixel;
  let sum: f32 = 0;
  for (let at = x; at < end; at += pixel) sum += load<f32>(at);
  const m = sum / <f32>rows;
  sum = 0;
  for (let at = x; at < end; at += pixel) {
    const deviation = load<f32>(at) - m;
    sum += deviation * deviation;
  }
  store<f32>(mean, m);
  store<f32>(squares, sum);
}

/** Merges a block's moments with those of the `before` rows before it. */
function merge(mean: usize, squares: usize, sums: usize, before: i32, rows: i32, channels: i32): void {
  const share = <f64>rows / <f64>(before + rows),
    weight = <f64>before * share;
  for (let c = 0; c < channels; c++) {
    const old = load<f64>(sums),
      delta = <f64>load<f32>(mean) - old;
    store<f64>(sums, old + delta * share);
    store<f64>(sums, load<f64>(sums, 8) + <f64>load<f32>(squares) + delta * delta * weight, 8);
    mean += 4;
    squares += 4;
    sums += 16;
  }
}
