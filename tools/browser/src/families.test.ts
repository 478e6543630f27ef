import { LowbitError, type Precision, type Role } from '@lowbit/plugin-api';
import quantCore from '@lowbit/quant-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { families, makeFamily, type FamilyCase, type FamilyResult, type Values } from './families.js';
import { findChromium, HOW_TO_GET } from './find-chromium.js';
import { openPage, type OpenPage } from './open-page.js';

let page: OpenPage | undefined;
beforeAll(async () => void (page = findChromium() ? await openPage() : undefined));
afterAll(() => page?.close());

const ROLES: readonly Role[] = ['weights', 'activations', 'gradients'];
const PRECISIONS: readonly Precision[] = [1, 2, 3, 4, 5, 6, 7, 8, 'float'];
const GRANULARITIES = [{ granularity: 'channel' }, { granularity: { group: 2 } }];

/** Options that change what is computed. */
const VARIANTS: Readonly<Record<string, readonly object[]>> = {
  'binary-connect': [{ mode: 'stochastic' }, { scale: 'glorot' }],
  bwn: [{ gradient: 'exact' }],
  inq: [{ ties: 'down' }],
  kmeans: [{ assignment: 'nearest' }, { zero: true }],
  'lq-nets': [{ initial: 'data' }],
  sawb: [{ zero: true }],
  ttq: [{ initial: 'mean' }],
  uniform: [{ range: 'affine' }, { calibration: 'mse' }, { momentum: 0.9 }],
  xnor: [{ gradient: 'author' }],
};

/** tanh and pow differ in their last bits between a GPU and JavaScript, so that a value close to a tie may have the code beside. */
const TRANSCENDENTAL: readonly string[] = ['dorefa', 'qil'];
/** How many of the values of a case such a family may give the code beside. */
const BESIDE = 1;
/** What the order of sums, and the last bits of such functions, may amount to: relative to 1 and what is computed. */
const TOLERANCE = 2e-6;
/** The same of the least squares of LQ-Nets, where a channel has fewer weights than its basis has levels. */
const FITTED = 1e-3;

const shape = [2, 3, 4, 6];
const valuesOf = (at: (i: number) => number): Values => ({
  shape,
  data: Array.from({ length: 144 }, (_, i) => Math.fround(at(i))),
});
const gradient = valuesOf((i) => Math.cos(3 * i));
const HARD = [0, -0, 0.5, -0.5, 1, -1, 1.5, -2.5, 1 / 3, 0.25, -0.75, 2 ** -60, -(2 ** -50), 1e4, -1e4];
const inputs = [
  valuesOf((i) => 1.3 * Math.sin(1 + 7.3 * i) * Math.cos(i * i)),
  valuesOf((i) => HARD[i % HARD.length]!),
];

type Spec = FamilyCase['spec'];
const specs = Object.keys(quantCore.quantizers).flatMap((quantizer) =>
  [{}, ...GRANULARITIES, ...(VARIANTS[quantizer] ?? [])].map((options): Spec => ({ quantizer, ...options })),
);
/** Each family in each of its roles, and the bits that it can have: all with its default options, the fewest and 4 with others. */
const made = ROLES.flatMap((role) =>
  specs.flatMap((spec): [Role, Spec, Precision[]][] => {
    const able = PRECISIONS.filter((bits) => canMake({ role, spec, bits }));
    const bits = Object.keys(spec).length === 1 ? able : able.filter((each) => each === able[0] || each === 4);
    return able.some((each) => each !== 'float') ? [[role, spec, bits]] : [];
  }),
);

function canMake(given: Pick<FamilyCase, 'role' | 'spec' | 'bits'>): boolean {
  try {
    makeFamily(given);
    return true;
  } catch (error) {
    if (error instanceof LowbitError) return false;
    throw error;
  }
}

describe('on WebGPU decode(encode(x)) equals quantize(x) bit for bit, and all is what it is on the cpu backend', () => {
  it.for(made)('%s by %j at %j bits', async ([role, spec, precisions], context) => {
    if (!page) return context.skip(`no Chromium; ${HOW_TO_GET}`);
    const given = precisions.flatMap((bits) => inputs.map((x): FamilyCase => ({ role, spec, bits, x, gradient })));
    const onCpu = await families('cpu', given);
    // with the very state: that of a calibrator is compared, too
    const cases = given.map((each, i) => ({ ...each, state: onCpu[i]!.calibrated }));
    const onGpu = await page.call('families', 'webgpu', cases);
    cases.forEach(({ bits, x }, i) => {
      const where = `${bits} bits of ${x === inputs[0] ? 'ordinary' : 'hard'} values`;
      if (bits !== 'float') expectLaw(onGpu[i]!, where);
      expectAlike(onGpu[i]!, onCpu[i]!, TRANSCENDENTAL.includes(spec.quantizer) && role === 'weights', where);
    });
  });
});

function expectLaw({ decoded, value }: FamilyResult, where: string): void {
  expect(decoded, `the law, ${where}`).toEqual(value);
}

function expectAlike(actual: FamilyResult, expected: FamilyResult, transcendental: boolean, where: string): void {
  const moved = expected.codes.data.map((code, i) => Math.abs(actual.codes.data[i]! - code));
  expect(Math.max(0, ...moved), `codes, ${where}`).toBeLessThanOrEqual(transcendental ? 1 : 0);
  expect(moved.filter((by) => by > 0).length, `codes, ${where}`).toBeLessThanOrEqual(transcendental ? BESIDE : 0);
  expectClose(actual.codebook, expected.codebook, `levels, ${where}`);
  if (moved.every((by) => by === 0)) expectClose(actual.value, expected.value, `values, ${where}`);
  for (const part of ['calibrated', 'gradients', 'updated'] as const) {
    expect(Object.keys(actual[part])).toEqual(Object.keys(expected[part]));
    for (const [name, each] of Object.entries(expected[part])) {
      expectClose(actual[part][name]!, each, `${part}: ${name}, ${where}`, name === 'basis' ? FITTED : TOLERANCE);
    }
  }
}

function expectClose(actual: Values, expected: Values, what: string, tolerance = TOLERANCE): void {
  expect(actual.shape, what).toEqual(expected.shape);
  const largest = Math.max(1, ...expected.data.map(Math.abs));
  const apart = expected.data.findIndex((value, i) => !(Math.abs(actual.data[i]! - value) <= tolerance * largest));
  expect(apart, `${what}: [${apart}] is ${actual.data[apart]}, on cpu ${expected.data[apart]}`).toBe(-1);
}
