import { describe, expect, it } from 'vitest';
import { elu, exp, gelu, sigmoid, softplus, tanh } from './elementary.js';

const TINY = 2 ** -149;
const MIN_NORMAL = 2 ** -126;

/** erfc in float64: its continued fraction for large z, the series of erf for small ones. */
function erfc(z: number): number {
  if (z < 0) return 2 - erfc(-z);
  const a = z * Math.SQRT2;
  const density = (2 * Math.exp((-a * a) / 2)) / Math.sqrt(2 * Math.PI);
  if (a > 3) {
    let fraction = 0;
    for (let k = 200; k >= 1; k--) fraction = k / (a + fraction);
    return density / (a + fraction);
  }
  let sum = 0;
  for (let k = 1, term = a; k < 120; k++, term *= (a * a) / (2 * k - 1)) sum += term;
  return 1 - density * sum;
}

/** Float32 numbers of every exponent and sign, and dense ones between −25 and 25. */
function* samples(): Generator<number> {
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  for (let i = 0; i < 2 ** 17; i++) {
    bits[0] = Math.imul(i, 32771);
    if (Number.isFinite(float[0])) yield float[0]!;
  }
  for (let x = -25; x < 25; x += 0.0004) yield Math.fround(x);
}

interface Claim {
  readonly name: string;
  readonly compute: (x: number) => number;
  readonly formula: (x: number) => number;
  /** Largest error in units of the last place of the result, where that is normal and `from` is not above x. */
  readonly ulps: number;
  readonly from?: number;
  /** Largest error over max(1, |result|). */
  readonly absolute: number;
}

const claims: readonly Claim[] = [
  { name: 'exp', compute: exp, formula: Math.exp, ulps: 1.1, absolute: 9e-8 },
  { name: 'sigmoid', compute: sigmoid, formula: (x) => 1 / (1 + Math.exp(-x)), ulps: 2.5, from: -87, absolute: 1e-7 },
  { name: 'tanh', compute: tanh, formula: Math.tanh, ulps: 2.5, absolute: 1e-7 },
  { name: 'elu', compute: elu, formula: (x) => (x > 0 ? x : Math.expm1(x)), ulps: 1.1, absolute: 6e-8 },
  {
    name: 'softplus',
    compute: softplus,
    formula: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    ulps: 3,
    absolute: 1.5e-7,
  },
  {
    name: 'gelu',
    compute: gelu,
    formula: (x) => (x * erfc(-x / Math.SQRT2)) / 2,
    ulps: 16,
    from: -5,
    absolute: 1.5e-7,
  },
];

describe.each(claims)('$name', ({ compute, formula, ulps, from = -Infinity, absolute }) => {
  it('is as near as its docstring says, and float32', () => {
    let worst = { ulps: 0, absolute: 0 };
    for (const x of samples()) {
      const [y, exact] = [compute(x), formula(x)];
      const size = Math.abs(exact);
      if (!Object.is(Math.fround(y), y)) throw new Error(`no float32 at ${x}: ${y}`);
      if (Math.fround(exact) === Infinity || y === Infinity) {
        if (Math.fround(exact) !== y) throw new Error(`at ${x}: ${y}, not ${exact}`);
        continue;
      }
      const unit = 2 ** (Math.floor(Math.log2(size)) - 23);
      const far = Math.abs(y - exact);
      worst = {
        ulps: size >= MIN_NORMAL && x >= from ? Math.max(worst.ulps, far / unit) : worst.ulps,
        absolute: Math.max(worst.absolute, far / Math.max(1, size)),
      };
    }
    expect(worst.ulps).toBeLessThanOrEqual(ulps);
    expect(worst.absolute).toBeLessThanOrEqual(absolute);
  });

  it('NaN stays NaN', () => expect(compute(NaN)).toBeNaN());
});

it.each([
  ['exp', exp, 1, 1, Infinity, 0],
  ['sigmoid', sigmoid, 0.5, 0.5, 1, 0],
  ['tanh', tanh, 0, -0, 1, -1],
  ['elu', elu, 0, 0, Infinity, -1],
  ['softplus', softplus, Math.fround(Math.LN2), Math.fround(Math.LN2), Infinity, 0],
  ['gelu', gelu, 0, 0, Infinity, 0],
] as const)('%s of +0, −0, ∞, −∞', (_, compute, ...expected) => {
  expect([0, -0, Infinity, -Infinity].map(compute)).toEqual(expected);
});

it.each([
  ['tanh', tanh, 1, 1],
  ['elu', elu, 1, 1],
  ['gelu', gelu, 0.5, 0.5],
] as const)('%s of subnormal numbers goes on as its slope', (_, compute, above, below) => {
  for (const x of [TINY * 2, TINY * 1000, MIN_NORMAL / 2]) {
    expect(Math.abs(compute(x) - above * x)).toBeLessThanOrEqual(TINY);
    expect(Math.abs(compute(-x) - below * -x)).toBeLessThanOrEqual(TINY);
  }
});

describe('exp at the ends of its range', () => {
  it('reaches the largest number, then ∞', () => {
    expect(exp(Math.fround(88.72283))).toBeLessThan(Infinity);
    expect(exp(Math.fround(88.72284))).toBe(Infinity);
  });

  it('goes through subnormal numbers to 0', () => {
    for (let x = -103; x < -87; x++) expect(Math.abs(exp(x) - Math.exp(x))).toBeLessThanOrEqual(TINY);
    expect(exp(-103)).toBe(TINY);
    expect(exp(-104)).toBe(0);
  });
});

it('tanh is odd, bit for bit, and saturates', () => {
  for (const x of samples()) if (!Object.is(tanh(-x), -tanh(x))) throw new Error(`not odd at ${x}`);
  expect([tanh(9.25), tanh(1e30)]).toEqual([1, 1]);
});

it('the bits that every engine must find', () => {
  const points = [-20, -3.7, -1, -0.1, 1e-3, 0.5, 2.25, 11].map(Math.fround);
  const bitsOf = (compute: (x: number) => number) =>
    [...new Uint32Array(Float32Array.from(points, compute).buffer)].map((word) => word.toString(16).padStart(8, '0'));
  expect({
    exp: bitsOf(exp),
    sigmoid: bitsOf(sigmoid),
    tanh: bitsOf(tanh),
    elu: bitsOf(elu),
    softplus: bitsOf(softplus),
    gelu: bitsOf(gelu),
  }).toMatchInlineSnapshot(`
    {
      "elu": [
        "bf800000",
        "bf79abb8",
        "bf21d2a7",
        "bdc2e49a",
        "3a83126f",
        "3f000000",
        "40100000",
        "41300000",
      ],
      "exp": [
        "310da433",
        "3cca88fe",
        "3ebc5ab2",
        "3f67a36d",
        "3f8020c9",
        "3fd3094c",
        "4117cdc4",
        "4769e224",
      ],
      "gelu": [
        "00000000",
        "b9d11df0",
        "be227687",
        "bd3c7c8d",
        "3a032d35",
        "3eb103b0",
        "400e3d5b",
        "41300000",
      ],
      "sigmoid": [
        "310da433",
        "3cc5a607",
        "3e89b2b1",
        "3ef335ed",
        "3f001062",
        "3f1f597f",
        "3f67972d",
        "3f7ffee8",
      ],
      "softplus": [
        "310da433",
        "3cc8126c",
        "3ea063d7",
        "3f24f72e",
        "3f3192de",
        "3f795d1c",
        "401669c9",
        "41300012",
      ],
      "tanh": [
        "bf800000",
        "bf7fafee",
        "bf42f7d6",
        "bdcc1ebd",
        "3a83126c",
        "3eec9a9f",
        "3f7a5feb",
        "3f800000",
      ],
    }
  `);
});
