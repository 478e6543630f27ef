// A pass runs on blocks of four channels (T = v128), or, for tensors of fewer than four, channel by channel (T = f32).

/** Channels of a block. */
export function lanes<T>(): i32 {
  return isVector<T>() ? 4 : 1;
}

/** Blocks that cover `channels`. */
export function blockCount<T>(channels: i32): i32 {
  return (channels + lanes<T>() - 1) / lanes<T>();
}

/** First channel of a block. The last block ends with the last channel, so that it may repeat channels of the one before. */
export function firstChannel<T>(block: i32, channels: i32): i32 {
  return min(block * lanes<T>(), channels - lanes<T>());
}

export function zero<T>(): T {
  if (isVector<T>()) return f32x4.splat(0);
  return 0;
}

/** sum + a · b */
export function multiplyAdd<T>(sum: T, a: T, b: T): T {
  if (isVector<T>()) return f32x4.add(sum, f32x4.mul(a, b));
  return sum + a * b;
}

/** Adds the float32 lanes of `value` to the float64 sums at `sums`. */
export function addToSums<T>(sums: usize, value: T): void {
  if (isVector<T>()) {
    const high = i8x16.shuffle(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(value)));
    v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.promote_low_f32x4(high)), 16);
  } else {
    store<f64>(sums, load<f64>(sums) + <f64>value);
  }
}
