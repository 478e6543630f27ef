// Over the last axis, row by row.
import { exp } from './elementary';

/** Exponentials of what is less than the largest, by their sum. */
export function softmax(x: usize, y: usize, rows: i32, width: i32): void {
  const bytes = (<usize>width) << 2;
  for (; rows > 0; rows--, x += bytes, y += bytes) {
    let largest = load<f32>(x);
    for (let at: usize = 4; at < bytes; at += 4) largest = max<f32>(largest, load<f32>(x + at));
    let sum: f32 = 0;
    for (let at: usize = 0; at < bytes; at += 4) {
      const power = exp(load<f32>(x + at) - largest);
      store<f32>(y + at, power);
      sum += power;
    }
    for (let at: usize = 0; at < bytes; at += 4) store<f32>(y + at, load<f32>(y + at) / sum);
  }
}

/** (x − mean) / √(variance + epsilon) · gamma + beta, the last two where their addresses are not 0. */
export function layerNorm(x: usize, y: usize, rows: i32, width: i32, epsilon: f32, gamma: usize, beta: usize): void {
  const bytes = (<usize>width) << 2,
    count = <f32>width;
  for (; rows > 0; rows--, x += bytes, y += bytes) {
    let sum: f32 = 0;
    for (let at: usize = 0; at < bytes; at += 4) sum += load<f32>(x + at);
    const mean = sum / count;
    let squares: f32 = 0;
    for (let at: usize = 0; at < bytes; at += 4) {
      const difference = load<f32>(x + at) - mean;
      store<f32>(y + at, difference);
      squares += difference * difference;
    }
    const deviation = sqrt<f32>(squares / count + epsilon);
    for (let at: usize = 0; at < bytes; at += 4) {
      let value = load<f32>(y + at) / deviation;
      if (gamma) value = value * load<f32>(gamma + at);
      if (beta) value = value + load<f32>(beta + at);
      store<f32>(y + at, value);
    }
  }
}

/** The mean over the middle axis of x[outer, count, inner]. */
export function mean(x: usize, y: usize, outer: i32, count: i32, inner: i32): void {
  const step = (<usize>inner) << 2;
  for (; outer > 0; outer--, x += step * <usize>count) {
    for (let i: usize = 0; i < step; i += 4, y += 4) {
      let sum: f32 = 0;
      for (let k: usize = 0; k < <usize>count; k++) sum += load<f32>(x + k * step + i);
      store<f32>(y, sum / <f32>count);
    }
  }
}

/** Rows of a table [entries, width] by float32 whole numbers; the place of the first that is none of them, else −1. */
export function embedding(x: usize, y: usize, size: i32, table: usize, entries: i32, width: i32): i32 {
  const bytes = (<usize>width) << 2;
  for (let i = 0; i < size; i++, y += bytes) {
    const entry = load<f32>(x + ((<usize>i) << 2));
    if (!(entry >= 0 && entry < <f32>entries) || entry != floor<f32>(entry)) return i;
    memory.copy(y, table + <usize>entry * bytes, bytes);
  }
  return -1;
}
