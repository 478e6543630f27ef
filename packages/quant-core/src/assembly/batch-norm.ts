import { BLOCK } from './batch-norm-statistics';
import { clipQuantize } from './clip-quantize';

/** y = gamma·(x − mean)/√(variance + epsilon) + beta. */
export function batchNormApply(
  x: usize,
  mean: usize,
  variance: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  scratch: usize,
  count: i32,
  channels: i32,
  epsilon: f32,
): void {
  factors(mean, variance, gamma, beta, scratch, channels, epsilon);
  scale(x, y, count, channels, scratch);
}

/** {@link batchNormApply}, and what {@link clipQuantize} makes of it, one block of rows after the other. */
export function batchNormClipQuantize(
  x: usize,
  mean: usize,
  variance: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  inside: usize,
  scratch: usize,
  count: i32,
  channels: i32,
  epsilon: f32,
  top: f32,
): void {
  factors(mean, variance, gamma, beta, scratch, channels, epsilon);
  const block = scratch + ((<usize>channels) << 3),
    bytes = ((<usize>channels) << 2) * BLOCK;
  for (let first = 0; first < count; first += BLOCK) {
    const rows = min(BLOCK, count - first);
    scale(x, block, rows, channels, scratch);
    clipQuantize(block, y, inside, rows * channels, top);
    x += bytes;
    y += bytes;
    inside += bytes >> 5;
  }
}

/** A factor for each channel, then an offset for each. */
function factors(
  mean: usize,
  variance: usize,
  gamma: usize,
  beta: usize,
  to: usize,
  channels: i32,
  epsilon: f32,
): void {
  const size = (<usize>channels) << 2;
  for (let c: usize = 0; c < size; c += 4) {
    const factor = load<f32>(gamma + c) / sqrt<f32>(load<f32>(variance + c) + epsilon);
    store<f32>(to + c, factor);
    store<f32>(to + size + c, load<f32>(beta + c) - load<f32>(mean + c) * factor);
  }
}

/** to = x·factor + offset, row by row. */
function scale(x: usize, to: usize, rows: i32, channels: i32, factors: usize): void {
  const pixel = (<usize>channels) << 2,
    vectors = pixel & ~15,
    offsets = factors + pixel;
  for (let i = 0; i < rows; i++) {
    let at: usize = 0;
    for (; at < vectors; at += 16) {
      v128.store(to + at, f32x4.add(f32x4.mul(v128.load(x + at), v128.load(factors + at)), v128.load(offsets + at)));
    }
    for (; at < pixel; at += 4)
      store<f32>(to + at, load<f32>(x + at) * load<f32>(factors + at) + load<f32>(offsets + at));
    x += pixel;
    to += pixel;
  }
}
