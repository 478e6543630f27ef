const { fround } = Math;

/** QONNX's Quant: y = (round(clip(x / step + zeroPoint)) − zeroPoint) · step, round half to even, float32 throughout. */
export interface UniformQuantizer {
  readonly step: number;
  readonly zeroPoint: number;
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
    // a signed bit is −1 or 1 to qonnx, which is what BipolarQuant says
    const kinds = [false, true].flatMap((signed) => [false, true].map((narrow) => ({ bits, signed, narrow })));
    const fitting = kinds.filter((kind) => {
      const count = rangeOf(kind).max - rangeOf(kind).min + 1;
      return !(bits === 1 && kind.signed) && (exact ? count === sorted.length : count >= sorted.length);
    });
    for (const step of new Set([1, (sorted[1] ?? low + 1) - low])) {
      const zeroPoints = (kind: Omit<UniformQuantizer, 'step' | 'zeroPoint'>) => rangeOf(kind).min - fround(low / step);
      const candidates = [
        ...fitting.map((kind) => ({ ...kind, step, zeroPoint: 0 })),
        ...fitting.map((kind) => ({ ...kind, step, zeroPoint: zeroPoints(kind) })),
      ];
      const found = candidates.find((candidate) => sorted.every((level) => quantize(candidate, level) === level));
      if (found) return found;
    }
  }
  return undefined;
}

/** The smallest and largest integer of a quantizer. */
export function rangeOf({ bits, signed, narrow }: Pick<UniformQuantizer, 'bits' | 'signed' | 'narrow'>): {
  min: number;
  max: number;
} {
  if (!signed) return { min: 0, max: 2 ** bits - (narrow ? 2 : 1) };
  return { min: -(2 ** (bits - 1)) + (narrow ? 1 : 0), max: 2 ** (bits - 1) - 1 };
}

/**
 * What x must be multiplied or divided by before the quantizer so that its levels begin exactly at `thresholds`, each the
 * smallest float32 of its level; undefined where no float32 does it.
 *
 * @param scale what a level's integer is multiplied by to be the number that it stands for: 1 / scale or scale is taken if they do
 */
export function prescale(quantizer: UniformQuantizer, thresholds: Float32Array, scale: number): Prescale | undefined {
  const natural = { Mul: fround(1 / scale), Div: fround(scale) };
  for (const op of ['Mul', 'Div'] as const) {
    const range = factorRange(quantizer, thresholds, op);
    if (range.first > range.last) continue;
    const naturalBits = bitsOf(natural[op]);
    const middle = (range.first + range.last) >> 1;
    const within = naturalBits >= range.first && naturalBits <= range.last;
    const found = { op, factor: floatOf(within ? naturalBits : middle) };
    if (thresholds.every((t, i) => beginsAt(quantizer, found, t, i + 1))) return found;
  }
  return undefined;
}

/** The factors, as bits of positive float32 numbers, for which each threshold and the number below it lie on their sides. */
function factorRange(
  quantizer: UniformQuantizer,
  thresholds: Float32Array,
  op: Prescale['op'],
): { first: number; last: number } {
  let [first, last] = [SMALLEST, LARGEST];
  thresholds.forEach((threshold, i) => {
    const reaches = (factor: number) => indexOf(quantizer, { op, factor }, threshold) > i;
    const staysBelow = (factor: number) => indexOf(quantizer, { op, factor }, below(threshold)) <= i;
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

function beginsAt(quantizer: UniformQuantizer, scaled: Prescale, threshold: number, index: number): boolean {
  return indexOf(quantizer, scaled, threshold) === index && indexOf(quantizer, scaled, below(threshold)) === index - 1;
}

/** The number of the level that x has. */
function indexOf(quantizer: UniformQuantizer, { op, factor }: Prescale, x: number): number {
  return integerOf(quantizer, fround(op === 'Mul' ? x * factor : x / factor)) - rangeOf(quantizer).min;
}

function quantize(quantizer: UniformQuantizer, x: number): number {
  const { step, zeroPoint } = quantizer;
  return fround(fround(integerOf(quantizer, x) - zeroPoint) * step);
}

function integerOf(quantizer: UniformQuantizer, x: number): number {
  const { step, zeroPoint } = quantizer;
  const { min, max } = rangeOf(quantizer);
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
