// Lines whose values, rounded to the next whole number and limited, are the codes of all sums: found here since it takes thousands of
// roundings to float32 for each layer, for which a host that has just begun is slow.

/** Added to a number below 2²² it rounds it to a whole one. */
const ROUND: f32 = 12582912;
const MOST_ROUNDED: f32 = 2097152;

/**
 * Replaces the scale and the bias of each filter by a line that makes codes of its sums less `missing`, none beyond `most` on both sides of 0.
 *
 * @param thresholds `last` + 1 of them, of results fround(fround(fround(sum) · scale) + bias)
 * @param spare room for `last` + 1 integers and two floats for each filter
 * @returns 1, or 0 where some filter has no line, as where thresholds lie unevenly; scale and bias are then what they were
 */
export function findLines(
  scale: usize,
  bias: usize,
  missing: usize,
  filters: i32,
  thresholds: usize,
  last: i32,
  most: i32,
  spare: usize,
): i32 {
  const found = spare + ((<usize>(last + 1)) << 2);
  let to = found;
  for (let f = 0; f < filters; f++, to += 8) {
    const at = (<usize>f) << 2,
      factor = load<f32>(scale + at);
    changes(factor, load<f32>(bias + at), thresholds, last, most, spare);
    if (!findLine(factor, thresholds, last, spare, load<i32>(missing + at), most, to)) return 0;
  }
  to = found;
  for (let f = 0; f < filters; f++, to += 8) {
    const at = (<usize>f) << 2;
    store<f32>(scale + at, load<f32>(to));
    store<f32>(bias + at, load<f32>(to, 4));
  }
  return 1;
}

/**
 * Where codes change, in sums of integers: code k or more have the sums not below the change at k − 1 where the scale is positive, those not
 * above it where it is negative. The same as the thresholds of floats for every sum there can be, because each is found by computing
 * with float32 what the interpreter does.
 */
function changes(scale: f32, bias: f32, thresholds: usize, last: i32, most: i32, to: usize): void {
  // the sum, times the sign of the scale, grows with the result
  const sign = scale < 0 ? -1 : 1;
  for (let k = 0; k <= last; k++) {
    const at = (<usize>k) << 2;
    store<i32>(to + at, sign * firstSum(load<f32>(thresholds + at), abs(scale), bias, most));
  }
}

/** The first sum in [−most, most] that reaches a threshold, `most` + 1 where there is none. */
function firstSum(threshold: f32, scale: f32, bias: f32, most: i32): i32 {
  let from = -most,
    to = most + 1;
  // a guess that is nearly right leaves a few numbers between; that of a scale of 0 is no number
  const guess = ceil((<f64>threshold - <f64>bias) / <f64>scale);
  if (guess - 2 > <f64>from && guess + 2 < <f64>to) {
    const near = <i32>guess;
    if (result(near + 1, scale, bias) >= threshold) to = near + 1;
    else from = near + 2;
    if (from < near - 1 && result(near - 2, scale, bias) < threshold) from = near - 1;
  }
  while (from < to) {
    const middle = (from + to) >> 1;
    if (result(middle, scale, bias) >= threshold) to = middle;
    else from = middle + 1;
  }
  return from;
}

function result(sum: i32, scale: f32, bias: f32): f32 {
  return <f32>sum * scale + bias;
}

/** The whole number next to a line. */
function next(sum: i32, scale: f32, bias: f32): f32 {
  return result(sum, scale, bias) + ROUND - ROUND;
}

/**
 * The line of a filter, to `to`; false where there is none. It is looked for along the real thresholds, and tried at all places where codes
 * change, with the roundings of the kernel.
 */
function findLine(scale: f32, thresholds: usize, last: i32, changes: usize, missing: i32, most: i32, to: usize): bool {
  const sign = scale < 0 ? -1 : 1,
    span = <f64>load<f32>(thresholds + ((<usize>last) << 2)) - <f64>load<f32>(thresholds),
    size = abs(<f64>scale);
  const slope = size > 0 && span > 0 && span < f64.MAX_VALUE ? (<f64>last * size) / span : size > 0 ? 1.0 : 0.0;
  const m = <f32>(<f64>sign * slope);
  // each change bounds the bias: the last sum of a code must stay below half, the first of the next must not
  let low = -Infinity,
    high = Infinity;
  for (let k = 0; k <= last; k++) {
    const change = load<i32>(changes + ((<usize>k) << 2)),
      half = <f64>k + 0.5;
    if (change * sign <= -most) low = max(low, half - <f64>m * <f64>(-sign * most - missing));
    else if (change * sign > most) high = min(high, half - <f64>m * <f64>(sign * most - missing));
    else {
      low = max(low, half - <f64>m * <f64>(change - missing));
      high = min(high, half - <f64>m * <f64>(change - sign - missing));
    }
  }
  if (!(low < high)) return false;
  const b = <f32>(low > -Infinity ? (high < Infinity ? (low + high) / 2 : low + 1) : high - 1);
  if (!(abs(next(-most - missing, m, b)) < MOST_ROUNDED && abs(next(most - missing, m, b)) < MOST_ROUNDED))
    return false;
  for (let k = 0; k <= last; k++) {
    const change = load<i32>(changes + ((<usize>k) << 2)),
      code = <f32>k;
    if (change * sign > most) {
      if (next(sign * most - missing, m, b) > code) return false;
    } else {
      if (!(next(change - missing, m, b) > code)) return false;
      if (change * sign > -most && next(change - sign - missing, m, b) > code) return false;
    }
  }
  store<f32>(to, m);
  store<f32>(to, b, 4);
  return true;
}
