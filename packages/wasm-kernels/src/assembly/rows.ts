// Kernels that move or add whole rows: bound by memory.

/** Sets `bytes` bytes to 0. */
export function clear(address: usize, bytes: usize): void {
  memory.fill(address, 0, bytes);
}

/** to[0..size) += from[0..size), floats. */
export function addRow(to: usize, from: usize, size: i32): void {
  const end = from + ((<usize>size) << 2);
  for (; from + 16 <= end; from += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}

/** to[0..size) += factor * from[0..size), floats. */
export function scaleAddRow(to: usize, from: usize, factor: f32, size: i32): void {
  const end = from + ((<usize>size) << 2);
  const factors = f32x4.splat(factor);
  for (; from + 16 <= end; from += 16, to += 16) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(factors, v128.load(from))));
  }
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(to) + factor * load<f32>(from));
}

/** y[segments, inner]: row i of x[count, inner] is added to row ids[i] of y; ids outside [0, segments) are dropped. */
export function segmentSum(x: usize, ids: usize, y: usize, count: i32, inner: i32, segments: i32): void {
  const bytes = (<usize>inner) << 2;
  memory.fill(y, 0, <usize>segments * bytes);
  for (let i = 0; i < count; i++) {
    const id = load<u32>(ids + ((<usize>i) << 2));
    if (id < <u32>segments) addRow(y + <usize>id * bytes, x + <usize>i * bytes, inner);
  }
}

/** Writes each of `count` rows of `bytes` bytes `times` times, one copy after the other. */
export function repeatRows(x: usize, y: usize, count: i32, bytes: usize, times: i32): void {
  const all = bytes * <usize>times;
  for (let i = 0; i < count; i++) {
    memory.copy(y, x, bytes);
    // What has been written is the source of the next copy, which is twice as long.
    for (let done = bytes; done < all; done *= 2) memory.copy(y + done, y, min(done, all - done));
    x += bytes;
    y += all;
  }
}

/** y[i] = x[i] within [low, high]; NaN stays NaN: pmin and pmax keep their first operand where none is less. */
export function clip(x: usize, y: usize, size: i32, low: f32, high: f32): void {
  const end = x + ((<usize>size) << 2);
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(y, f32x4.pmax(f32x4.pmin(v128.load(x), highs), lows));
  for (; x < end; x += 4, y += 4) store<f32>(y, max<f32>(low, min<f32>(high, load<f32>(x))));
}

/** y[count, inner] = x[count, inner] * factors[inner] + offsets[inner]. */
export function scaleShift(x: usize, y: usize, count: i32, inner: i32, factors: usize, offsets: usize): void {
  for (let i = 0; i < count; i++) {
    let c = 0;
    for (; c + 4 <= inner; c += 4, x += 16, y += 16) {
      const at = (<usize>c) << 2;
      v128.store(y, f32x4.add(f32x4.mul(v128.load(x), v128.load(factors + at)), v128.load(offsets + at)));
    }
    for (; c < inner; c++, x += 4, y += 4) {
      const at = (<usize>c) << 2;
      store<f32>(y, load<f32>(x) * load<f32>(factors + at) + load<f32>(offsets + at));
    }
  }
}

/**
 * Batch normalization as a factor and an offset for each channel: factors = scale / sqrt(variance + epsilon),
 * offsets = offset - mean * factors; scale 0 stands for ones, offset 0 for zeros.
 */
export function batchNormFactors(
  mean: usize,
  variance: usize,
  scale: usize,
  offset: usize,
  channels: i32,
  epsilon: f32,
  factors: usize,
  offsets: usize,
): void {
  for (let c = 0; c < channels; c++) {
    const at = (<usize>c) << 2;
    const factor = (scale ? load<f32>(scale + at) : <f32>1) / sqrt<f32>(load<f32>(variance + at) + epsilon);
    store<f32>(factors + at, factor);
    store<f32>(offsets + at, (offset ? load<f32>(offset + at) : <f32>0) - load<f32>(mean + at) * factor);
  }
}
