/**
 * The elementary functions of float32 numbers, the same bits on every engine: built of +, −, ·, /, minimum and maximum, each
 * rounded to float32, and of powers of two made from their bits. No tables, and no branches but choices between two values,
 * so that each is a few lines of SIMD. `Math.exp` and its like are no ground for that: engines may round them as they
 * please. NaN gives NaN.
 *
 * Errors are the largest found over dense samples (`elementary.test.ts`), in units of the result's last place (ulp) or absolute.
 * The coefficients come from least-maximum fits of the relative error (Lawson's iteration in float64), written as float32.
 */
const { abs, fround, max, min } = Math;

/**
 * eˣ, within 1.1 ulp where the result is normal; 0 from where it is below half of the smallest subnormal, ∞ beyond float32's
 * range.
 */
export function exp(x: number): number {
  const { exponent, power } = reduce(min(max(x, -104), 89));
  // two factors: one alone could not reach subnormal numbers and infinity
  const half = exponent >> 1;
  return fround(fround(fround(1 + power) * powerOfTwo(half)) * powerOfTwo(exponent - half));
}

/** 1 / (1 + e⁻ˣ), within 2.5 ulp above −87, below which it goes to 0 early. */
export function sigmoid(x: number): number {
  return fround(1 / fround(1 + exp(-x)));
}

/** tanh x = t / (t + 2) of t = e²ˣ − 1, within 2.5 ulp; odd bit for bit. */
export function tanh(x: number): number {
  const t = expMinusOne(fround(2 * min(abs(x), 9.25)));
  return copySign(fround(t / fround(t + 2)), x);
}

/** x above 0, eˣ − 1 below, within 1.1 ulp; elu(−0) is +0. */
export function elu(x: number): number {
  return fround(max(x, 0) + expMinusOne(max(min(x, 0), -20)));
}

/** log(1 + eˣ), as max(x, 0) + log(1 + e^−|x|), within 3 ulp. */
export function softplus(x: number): number {
  return fround(max(x, 0) + logOnePlus(exp(-abs(x))));
}

const GELU_TAIL = [
  -0.053238607943058014, 0.15319116413593292, -0.06523509323596954, 0.11683705449104309, 0.06484254449605942,
  0.09220358729362488, 0.09565632790327072, 0.09574292600154877,
].map(fround);
const GELU_POINT = fround(0.24);

/**
 * x · Φ(x), Φ the distribution function of the standard normal distribution (the form with erf; Hendrycks & Gimpel 2016, eq.
 * 1): as max(x, 0) − |x| · Φ(−|x|), where Φ(−a) = e^(−a²/2) · t · P(t), t = 1 / (1 + 0.24 a). Within 1.5e-7 · max(1, |y|),
 * and 16 ulp above −5. gelu(−0) is +0.
 */
export function gelu(x: number): number {
  const a = min(abs(x), 15);
  const t = fround(1 / fround(1 + fround(GELU_POINT * a)));
  const density = exp(fround(fround(-0.5 * a) * a));
  const tail = fround(density * fround(t * polynomial(t, GELU_TAIL)));
  return fround(max(x, 0) - fround(a * tail));
}

const LOG2_E = fround(Math.LOG2E);
/** Adding and subtracting it rounds to the nearest whole number, half to even. */
const ROUNDING = 1.5 * 2 ** 23;
/** log 2 in two parts, the first of so few bits that whole numbers times it are exact. */
const LOG_2 = [0.693359375, fround(-2.1219444e-4)] as const;
const EXPONENTIAL = [0.0013882507337257266, 0.008366595953702927, 0.04166720062494278, 0.1666654348373413, 0.5].map(
  fround,
);

/** eˣ = 2^exponent · (1 + power), power = eʳ − 1 of the rest |r| ≤ log(2) / 2. */
function reduce(x: number): { exponent: number; power: number } {
  const n = fround(fround(fround(x * LOG2_E) + ROUNDING) - ROUNDING);
  const r = fround(fround(x - fround(n * LOG_2[0])) - fround(n * LOG_2[1]));
  return { exponent: n | 0, power: fround(r + fround(fround(r * r) * polynomial(r, EXPONENTIAL))) };
}

/** eˣ − 1 for −20 ≤ x ≤ 20. */
function expMinusOne(x: number): number {
  const { exponent, power } = reduce(x);
  const scale = powerOfTwo(exponent);
  return fround(fround(scale * power) + fround(scale - 1));
}

const ARTANH = [0.14012229442596436, 0.13999570906162262, 0.20010849833488464, 0.3333320617675781].map(fround);

/** log(1 + x) for 0 ≤ x ≤ 1, as 2 artanh(s) of s = x / (x + 2). */
function logOnePlus(x: number): number {
  const s = fround(x / fround(x + 2));
  const square = fround(s * s);
  return fround(2 * fround(s + fround(fround(s * square) * polynomial(square, ARTANH))));
}

/** The polynomial by Horner's scheme, from the highest power's coefficient down. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((sum, coefficient) => fround(fround(sum * x) + coefficient));
}

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** 2ⁿ of a normal float32, from its bits. */
function powerOfTwo(n: number): number {
  bits[0] = (n + 127) << 23;
  return float[0]!;
}

function copySign(size: number, sign: number): number {
  return sign < 0 || Object.is(sign, -0) ? -size : size;
}
