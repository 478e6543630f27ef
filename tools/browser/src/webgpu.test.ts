import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { findChromium, HOW_TO_GET } from './find-chromium.js';
import { openPage, type OpenPage } from './open-page.js';
import { batchNorm, quantize, shift, type ShiftCase } from './ops.js';

let page: OpenPage | undefined;
beforeAll(async () => void (page = findChromium() ? await openPage() : undefined));
afterAll(() => page?.close());

/** The page, or the test skips. */
function inPage(context: TestContext): OpenPage {
  return page ?? context.skip(`no Chromium; ${HOW_TO_GET}`);
}

/** Equal within float32's rounding of sums of numbers of size 1. */
function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  const apart = expected.findIndex((value, i) => {
    if (Number.isNaN(value)) return !Number.isNaN(actual[i]);
    return !(Math.abs(actual[i]! - value) <= tolerance * (1 + Math.abs(value)));
  });
  expect(apart, `value ${apart}: expected ${expected[apart]}, received ${actual[apart]}`).toBe(-1);
}

const value = fc.float({ min: -4, max: 4, noNaN: true, noDefaultInfinity: true }).filter(isNormal);
/** A GPU may take denormal numbers for zero. */
function isNormal(number: number): boolean {
  return number === 0 || Math.abs(number) > 2 ** -120;
}

const offset = fc.oneof(
  { weight: 4, arbitrary: fc.float({ min: -3, max: 3, noNaN: true }).filter(isNormal) },
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(-40.25, 40.25, 1e9, -1e9, 3e38, NaN, Infinity) },
);

/** Odd sizes, sizes of 1, empty batches, strides larger than images, offsets far outside them. */
const shiftCase: fc.Arbitrary<ShiftCase> = fc
  .record({
    batch: fc.integer({ min: 0, max: 2 }),
    height: fc.integer({ min: 1, max: 7 }),
    width: fc.integer({ min: 1, max: 9 }),
    channels: fc.integer({ min: 1, max: 6 }),
    stride: fc.integer({ min: 1, max: 3 }),
    integerOffset: fc.constantFrom('reference' as const, 'central' as const, 'one-sided' as const),
  })
  .chain(({ batch, height, width, channels, stride, integerOffset }) => {
    const array = (length: number, of: fc.Arbitrary<number>) => fc.array(of, { minLength: length, maxLength: length });
    const outputs = batch * Math.ceil(height / stride) * Math.ceil(width / stride) * channels;
    return fc.record({
      shape: fc.constant([batch, height, width, channels] as const),
      stride: fc.constant(stride),
      integerOffset: fc.constant(integerOffset),
      shifts: array(2 * channels, offset),
      images: array(batch * height * width * channels, value),
      gradient: array(outputs, value),
    });
  });

describe('on WebGPU', () => {
  it('active shift and its gradients are those of the cpu backend', async (context) => {
    const { call } = inPage(context);
    await fc.assert(
      fc.asyncProperty(shiftCase, async (each) => {
        const [out, toImages, toShifts] = await call('shift', 'webgpu', each);
        const [cpuOut, cpuToImages, cpuToShifts] = await shift('cpu', each);
        expectClose(out!, cpuOut!);
        const finite = each.shifts.every(Number.isFinite);
        if (!finite) return; // the gradients of an offset that is none differ: NaN here and there, or everywhere
        expectClose(toImages!, cpuToImages!);
        expectClose(toShifts!, cpuToShifts!, 1e-4);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('activations are those of the cpu backend bit for bit', async (context) => {
    const { call } = inPage(context);
    for (const bits of [1, 2, 3, 4, 5, 6, 7, 8, 'float'] as const) {
      const top = bits === 'float' ? 7 : 2 ** bits - 1;
      const codes = Array.from({ length: top + 1 }, (_, code) => Math.fround(code / top));
      const ties = codes.map((level) => Math.fround(level + 0.5 / top));
      const random = fc.sample(fc.float({ min: -1, max: 2, noNaN: true }).filter(isNormal), { numRuns: 500, seed: 2 });
      const values = [...codes, ...ties, ...random, -1e-30, 3e38, -3e38, Infinity, -Infinity].map((v) => v + 0);
      const actual = await call('quantize', 'webgpu', 'activations', values, bits);
      expect(actual).toEqual(await quantize('cpu', 'activations', values, bits));
      expect(await call('quantize', 'webgpu', 'activations', [NaN, 0.5], bits)).toMatchObject([{ 0: NaN }, [0, 2]]);
    }
  });

  it('weights and their gradient are those of the cpu backend', async (context) => {
    const { call } = inPage(context);
    // one is the largest by far: which of two near ones is depends on the last bit of tanh
    const values = [2, ...Array.from({ length: 300 }, (_, i) => Math.fround(1.5 * Math.sin(i)))];
    for (const bits of [1, 2, 4, 8] as const) {
      const [y, dw] = await call('quantize', 'webgpu', 'weights', values, bits);
      const [cpuY, cpuDw] = await quantize('cpu', 'weights', values, bits);
      expectClose(dw!, cpuDw!, 1e-4);
      // where tanh is off by a bit a value between two codes may go to the other
      const other = y!.filter((each, i) => Math.abs(each - cpuY![i]!) > 1e-5).length;
      expect(other).toBeLessThanOrEqual(1);
    }
  });

  it('batch normalization and its gradients are those of the cpu backend', async (context) => {
    const { call } = inPage(context);
    const rows = fc.sample(value, { numRuns: 7 * 45, seed: 4 });
    const actual = await call('batchNorm', 'webgpu', rows, 7);
    const expected = await batchNorm('cpu', rows, 7);
    actual.forEach((each, i) => expectClose(each, expected[i]!, 1e-4));
  });
});

describe('auto', () => {
  it('leaves a GPU that is a CPU to those who ask for it', async (context) => {
    const { name, auto, tried, webgpu } = await inPage(context).call('autoBackend');
    expect(webgpu).toMatchObject({ ok: true, software: true });
    expect(webgpu.why).toMatch(/swiftshader, a CPU that stands in for a GPU$/);
    expect([name, auto]).toEqual(['wasm', 'wasm']);
    expect(tried.find((each) => each.name === 'webgpu')).toMatchObject({ ok: false, software: true });
  });
});
