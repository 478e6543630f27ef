const { fround } = Math;

/** What a filter's sums of integers become: fround(fround(fround(sum) · scale) + bias), within `most` on both sides of 0. */
export interface FilterEpilogue {
  readonly scale: number;
  readonly bias: number;
  readonly most: number;
}

/**
 * Where the codes of a filter change, in sums of integers: code k or more have the sums not below thresholds[k − 1] where the scale is
 * positive, those not above it where it is negative. The same as the thresholds of floats for every sum there can be, because each
 * is found by computing with float32 what the interpreter does.
 */
export function integerThresholds({ scale, bias, most }: FilterEpilogue, thresholds: Float32Array): Int32Array {
  const result = new Int32Array(thresholds.length);
  const sign = scale < 0 ? -1 : 1;
  // the sum, times the sign of the scale, grows with the result
  for (let k = 0; k < result.length; k++) result[k] = sign * firstSum(thresholds[k]!, Math.abs(scale), bias, most);
  return result;
}

/** The first sum in [−most, most] that reaches a threshold, `most` + 1 where there is none. */
function firstSum(threshold: number, scale: number, bias: number, most: number): number {
  let [from, to] = [-most, most + 1];
  // a guess that is nearly right leaves a few numbers between
  const near = Math.ceil((threshold - bias) / scale);
  if (near - 2 > from && near + 2 < to) {
    if (resultOf(near + 1, scale, bias) >= threshold) to = near + 1;
    else from = near + 2;
    if (from < near - 1 && resultOf(near - 2, scale, bias) < threshold) from = near - 1;
  }
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (resultOf(middle, scale, bias) >= threshold) to = middle;
    else from = middle + 1;
  }
  return from;
}

const resultOf = (sum: number, scale: number, bias: number) => fround(fround(fround(sum) * scale) + bias);

/** A line whose values, rounded to the next whole number and limited, are the codes of all sums. */
export interface CodeLine {
  readonly scale: number;
  readonly bias: number;
}

/** Added to a number below 2²² it rounds it to a whole one. */
const ROUND = 12582912;
const LARGEST = 2 ** 22;

/**
 * The line of a filter, of sums less `missing`; undefined where there is none, as where thresholds lie unevenly. It is looked for along the real
 * thresholds, and tried at all places where codes change, with the roundings of the kernel.
 */
export function codeLine(
  { scale, most }: FilterEpilogue,
  thresholds: Float32Array,
  changes: Int32Array,
  missing: number,
): CodeLine | undefined {
  const sign = scale < 0 ? -1 : 1;
  const last = thresholds.length - 1;
  const inside = (k: number) => Math.abs(changes[k]!) <= most && changes[k]! * sign > -most;
  const span = thresholds[last]! - thresholds[0]!;
  const slope =
    scale !== 0 && span > 0 && Number.isFinite(span) ? (last * Math.abs(scale)) / span : Math.abs(Math.sign(scale));
  const m = fround(sign * slope);
  // each change bounds the bias: the last sum of a code must stay below half, the first of the next must not
  let [low, high] = [-Infinity, Infinity];
  for (let k = 0; k <= last; k++) {
    const sum = changes[k]! - missing;
    const at = inside(k) ? [sum, sum - sign] : undefined;
    if (at) {
      low = Math.max(low, k + 0.5 - m * at[0]!);
      high = Math.min(high, k + 0.5 - m * at[1]!);
    } else if (changes[k]! * sign <= -most) low = Math.max(low, k + 0.5 - m * (-sign * most - missing));
    else high = Math.min(high, k + 0.5 - m * (sign * most - missing));
  }
  if (!(low < high)) return undefined;
  const b = fround(Number.isFinite(low) ? (Number.isFinite(high) ? (low + high) / 2 : low + 1) : high - 1);
  const value = (sum: number) => fround(resultOf(sum - missing, m, b) + ROUND) - ROUND;
  const extremes = [value(-most), value(most)];
  if (extremes.some((extreme) => !(Math.abs(extreme) < LARGEST / 2))) return undefined;
  for (let k = 0; k <= last; k++) {
    const at = changes[k]!;
    if (at * sign > most) {
      if (value(sign * most) > k) return undefined;
    } else {
      if (!(value(at) > k)) return undefined;
      if (at * sign > -most && value(at - sign) > k) return undefined;
    }
  }
  return { scale: m, bias: b };
}

/** A line of floats: codes are the whole numbers next to it, or below it. */
export interface FloatLine extends CodeLine {
  readonly isFloor: boolean;
}

/** The line of floats themselves, which has to be right for the two floats at each threshold; undefined where none is found. */
export function floatLine(thresholds: Float32Array): FloatLine | undefined {
  const last = thresholds.length - 1;
  const step = (thresholds[last]! - thresholds[0]!) / last;
  if (!(step > 0) || !Number.isFinite(step)) return undefined;
  const nearest = fround(1 / step);
  for (const scale of [Math.round(nearest), nearest, nextFloat(nearest, 1), nextFloat(nearest, -1)]) {
    const half = fround(0.5 - thresholds[0]! * scale);
    const whole = fround(1 - thresholds[0]! * scale);
    // rounding errors of the thresholds are no bias
    for (const bias of Math.abs(half) < 1e-4 ? [0, half] : [half]) {
      const line = { scale, bias, isFloor: false };
      if (isExact(line, thresholds)) return line;
    }
    for (const bias of [whole, nextFloat(whole, -1)]) {
      const line = { scale, bias, isFloor: true };
      if (isExact(line, thresholds)) return line;
    }
  }
  return undefined;
}

function isExact({ scale, bias, isFloor }: FloatLine, thresholds: Float32Array): boolean {
  const value = (x: number) => {
    const y = Math.max(-1, fround(fround(x * scale) + bias));
    return fround((isFloor ? Math.floor(y) : y) + ROUND) - ROUND;
  };
  return thresholds.every((t, k) => value(t) > k && value(nextFloat(t, -1)) <= k);
}

/**
 * The line of floats whose next whole number, within 0 and the last threshold's index, is the code of a float or the code before it: the index of
 * the one threshold that is left to compare to. Undefined where thresholds lie too unevenly for it.
 */
export function guessLine(thresholds: Float32Array): CodeLine | undefined {
  const last = thresholds.length - 1;
  const scale = fround(last / (thresholds[last]! - thresholds[0]!));
  const bias = fround(-thresholds[0]! * scale);
  if (!(scale > 0) || !Number.isFinite(scale) || !Number.isFinite(bias)) return undefined;
  const guess = (x: number) => fround(Math.min(last, Math.max(0, fround(fround(x * scale) + bias))) + ROUND) - ROUND;
  let code = 0;
  const isNear = (x: number) => {
    while (code <= last && x >= thresholds[code]!) code++;
    return guess(x) === code || guess(x) === code - 1;
  };
  // both grow with the float, so that the first and the last float of each code tell of all of them
  return thresholds.every((t) => isNear(nextFloat(t, -1)) && isNear(t)) ? { scale, bias } : undefined;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The next float32 up or down. */
export function nextFloat(x: number, direction: 1 | -1): number {
  float[0] = x === 0 ? 0 : x;
  if (x === 0) bits[0] = direction > 0 ? 1 : -0x7fffffff;
  else bits[0]! += x > 0 ? direction : -direction;
  return float[0]!;
}
