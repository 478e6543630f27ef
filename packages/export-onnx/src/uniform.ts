const { fround } = Math;

/** y = (round(clip(x / step + zeroPoint, min, max)) − zeroPoint) · step, round half to even, each operation in float32. */
export interface Rounding {
  readonly step: number;
  readonly zeroPoint: number;
  readonly min: number;
  readonly max: number;
}

/** QONNX's Quant, whose smallest and largest integer follow from its bits. */
export interface UniformQuantizer extends Rounding {
  readonly bits: number;
  readonly signed: boolean;
  /** Without the smallest of the signed integers, or the largest of the unsigned. */
  readonly narrow: boolean;
}

/** What comes before a quantizer: x times a factor, or over it. */
export interface Prescale {
  readonly op: 'Mul' | 'Div';
  readonly factor: number;
}

/**
 * The quantizer of the fewest bits that leaves each of `levels` as it is.
 *
 * @param exact whether it must have no other levels
 */
export function uniformQuantizer(levels: readonly number[], exact: boolean): UniformQuantizer | undefined {
  const sorted = [...new Set(levels)].sort((a, b) => a - b);
  const low = sorted[0]!;
  for (let bits = 1; bits <= 8; bits++) {
    const kinds = kindsOf(bits).filter(({ min, max }) => {
      const count = max - min + 1;
      return exact ? count === sorted.length : count >= sorted.length;
    });
    for (const step of new Set([1, sorted[1]! - low])) {
      const candidates = [
        ...kinds.map((kind) => ({ ...kind, step, zeroPoint: 0 })),
        ...kinds.map((kind) => ({ ...kind, step, zeroPoint: kind.min - fround(low / step) })),
      ];
      const found = candidates.find((candidate) => sorted.every((level) => quantized(candidate, level) === level));
      if (found) return found;
    }
  }
  return undefined;
}

/** The ranges of integers of so many bits, narrow ones first. A signed bit is −1 or 1 to qonnx, which is what BipolarQuant says. */
function kindsOf(bits: number) {
  const top = 2 ** bits;
  return [
    { bits, signed: false, narrow: true, min: 0, max: top - 2 },
    { bits, signed: true, narrow: true, min: -top / 2 + 1, max: top / 2 - 1 },
    { bits, signed: false, narrow: false, min: 0, max: top - 1 },
    { bits, signed: true, narrow: false, min: -top / 2, max: top / 2 - 1 },
  ].filter(({ signed }) => bits > 1 || !signed);
}

/**
 * What x must be multiplied or divided by before it is rounded so that its levels begin exactly at `thresholds`, each the
 * smallest float32 of its level; undefined where no float32 does it.
 *
 * @param scale what a level's integer is multiplied by to be the number that it stands for: 1 / scale or scale is taken if they do
 */
export function prescale(rounding: Rounding, thresholds: Float32Array, scale: number): Prescale | undefined {
  const natural = { Mul: [1 / scale, Math.round(1 / scale)], Div: [scale] };
  for (const op of ['Mul', 'Div'] as const) {
    const { first, last } = factorRange(rounding, thresholds, op);
    if (first > last) continue;
    const candidates = [...natural[op].map((factor) => bitsOf(fround(factor))), (first + last) >>> 1];
    const found = { op, factor: floatOf(candidates.find((bits) => bits >= first && bits <= last)!) };
    if (thresholds.every((t, i) => beginsAt(rounding, found, t, i + 1))) return found;
  }
  return undefined;
}

/** The factors, as bits of positive float32 numbers, for which each threshold and the number below it lie on their sides. */
function factorRange(
  rounding: Rounding,
  thresholds: Float32Array,
  op: Prescale['op'],
): { first: number; last: number } {
  let [first, last] = [SMALLEST, LARGEST];
  thresholds.forEach((threshold, i) => {
    const reaches = (factor: number) => indexOf(rounding, { op, factor }, threshold) > i;
    const staysBelow = (factor: number) => indexOf(rounding, { op, factor }, below(threshold)) <= i;
    // what makes |x| larger makes a positive x reach more levels, and a negative one fewer
    const [fromOn, upTo] = (op === 'Mul') === threshold > 0 ? [reaches, staysBelow] : [staysBelow, reaches];
    first = Math.max(first, firstWhere(fromOn));
    last = Math.min(last, firstWhere((factor) => !upTo(factor)) - 1);
  });
  return { first, last };
}

/** The first float32, as its bits, that a predicate holds for; it must hold for all that are larger. */
function firstWhere(holds: (value: number) => boolean): number {
  let [low, high] = [SMALLEST, LARGEST + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(floatOf(middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}

function beginsAt(rounding: Rounding, scaled: Prescale, threshold: number, index: number): boolean {
  return indexOf(rounding, scaled, threshold) === index && indexOf(rounding, scaled, below(threshold)) === index - 1;
}

/** The number of the level that x has. */
function indexOf(rounding: Rounding, { op, factor }: Prescale, x: number): number {
  return integerOf(rounding, fround(op === 'Mul' ? x * factor : x / factor)) - rounding.min;
}

function quantized(rounding: Rounding, x: number): number {
  return fround(fround(integerOf(rounding, x) - rounding.zeroPoint) * rounding.step);
}

function integerOf({ step, zeroPoint, min, max }: Rounding, x: number): number {
  return roundHalfToEven(Math.min(Math.max(fround(fround(x / step) + zeroPoint), min), max));
}

function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

const scratch = new DataView(new ArrayBuffer(4));
/** The bits of the smallest normal and of the largest float32. */
const [SMALLEST, LARGEST] = [0x0080_0000, 0x7f7f_ffff];

function bitsOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getInt32(0);
}

function floatOf(bits: number): number {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
}

/** The float32 before x; that of both zeros is the negative number next to them. */
function below(x: number): number {
  if (x === 0) return -floatOf(1);
  return floatOf(bitsOf(x) + (x > 0 ? -1 : 1));
}
