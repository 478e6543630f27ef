const { fround } = Math;

/** A line whose values, rounded to the next whole number and limited, are codes. */
export interface CodeLine {
  readonly scale: number;
  readonly bias: number;
}

/** Added to a number below 2²² it rounds it to a whole one. */
const ROUND = 12582912;

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
