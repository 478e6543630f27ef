import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { askedSimd, upTo } from '../testing.js';
import { Heap } from '../wasm/heap.js';
import { engine, type Engine } from '../wasm/kernels.js';
import { codingOf, putCoding, type Coding } from './coding.js';
import { nextFloat } from './thresholds.js';

const { fround } = Math;

let host: Engine;
beforeAll(async () => {
  host = await engine(askedSimd);
});

const float = (max: number) => fc.float({ min: fround(-max), max: fround(max), noNaN: true });

/** The codes of floats by the kernel, which must write nothing behind them. */
function encoded(thresholds: Float32Array, floats: Float32Array): Uint8Array {
  const heap = new Heap(host);
  const coding = putCoding(heap, thresholds);
  const [x, y, spare] = [heap.put(floats), heap.reserve(floats.length + 16), heap.reserve(64)];
  heap.bytes(y, floats.length + 16).fill(99);
  heap.engine.kernels.quantize(x, y, floats.length, coding, spare);
  expect(heap.bytes(y + floats.length, 16).every((byte) => byte === 99)).toBe(true);
  return heap.bytes(y, floats.length).slice();
}

const counted = (thresholds: Float32Array, floats: Float32Array) =>
  Uint8Array.from(floats, (x) => thresholds.reduce((code, t) => (x >= t ? code + 1 : code), 0));

/** Each threshold, the floats next to it, and those that are none of the usual. */
function around(thresholds: Float32Array): Float32Array {
  const near = [...thresholds].flatMap((t) => [nextFloat(t, -1), t, nextFloat(t, 1)]);
  return Float32Array.of(...near, NaN, Infinity, -Infinity, 0, -0, 3e38, -3e38, 1e-45);
}

/** The smallest float of each code but 0 of a quantizer that grows. */
function thresholdsOf(codeOf: (x: number) => number, count: number, guess: (code: number) => number): Float32Array {
  return Float32Array.from({ length: count }, (_, k) => {
    let x = fround(guess(k + 1));
    while (codeOf(x) > k) x = nextFloat(x, -1);
    while (codeOf(x) <= k) x = nextFloat(x, 1);
    return x;
  });
}

const even = (x: number) => fround(fround(x) + 12582912) - 12582912;
const THRESHOLDS: Record<string, { readonly thresholds: Float32Array; readonly rule: Coding['rule'] }> = {
  'none but one': { thresholds: Float32Array.of(0.3), rule: 'count' },
  'of a quarter, half to even': {
    thresholds: thresholdsOf(
      (x) => even(fround(x * 15)),
      15,
      (k) => (k - 0.5) / 15,
    ),
    rule: 'line',
  },
  'of 8 bits, half to even': {
    thresholds: thresholdsOf(
      (x) => even(fround(x * 255)),
      255,
      (k) => (k - 0.5) / 255,
    ),
    rule: 'line',
  },
  'of 8 bits, half up': { thresholds: Float32Array.from(upTo(255), (k) => k + 0.5), rule: 'floor' },
  'by a quotient': {
    thresholds: thresholdsOf(
      (x) => even(fround(x / fround(0.0371))),
      255,
      (k) => (k - 0.5) * 0.0371,
    ),
    rule: 'guess',
  },
  'nearly even': { thresholds: Float32Array.from(upTo(31), (k) => k + Math.sin(k) / 6 - 9), rule: 'guess' },
  'even, but one twice': { thresholds: Float32Array.from(upTo(60), (k) => (k === 20 ? 19 : k)), rule: 'search' },
  'uneven, few': { thresholds: Float32Array.from(upTo(15), (k) => k ** 1.7 / 5 - 2), rule: 'count' },
  'powers of two': { thresholds: Float32Array.from(upTo(31), (k) => 2 ** (k - 30)), rule: 'search' },
  'uneven, of 8 bits': { thresholds: Float32Array.from(upTo(255), (k) => (k - 100) ** 3), rule: 'search' },
  'many the same': { thresholds: Float32Array.from(upTo(32), (k) => Math.floor(k / 8)), rule: 'search' },
  'all the same': { thresholds: new Float32Array(40).fill(2), rule: 'search' },
  'of both signs of 0': { thresholds: Float32Array.of(-1, -0, 0, 1, 2), rule: 'count' },
  'without end': { thresholds: Float32Array.of(-Infinity, -1, 0, 1, Infinity), rule: 'count' },
  tiny: { thresholds: Float32Array.of(-3e-45, -1e-45, 1e-45, 3e-45), rule: 'count' },
  huge: { thresholds: Float32Array.of(-3e38, -1e38, 1e38, 3e38), rule: 'guess' },
};

describe.each(Object.entries(THRESHOLDS))('thresholds %s', (_, { thresholds, rule }) => {
  it('give the codes that counting gives', () => {
    expect(codingOf(thresholds).rule).toBe(rule);
    const floats = around(thresholds);
    expect(encoded(thresholds, floats)).toEqual(counted(thresholds, floats));
  });
});

it('any thresholds give the codes that counting gives', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 255 }),
      float(10),
      float(4),
      fc.array(fc.record({ at: fc.nat(254), by: float(0.3) }), { maxLength: 30 }),
      fc.array(float(500), { maxLength: 40 }),
      (length, first, step, moves, others) => {
        const all = Float32Array.from({ length }, (_, k) => first + k * Math.abs(step));
        for (const { at, by } of moves) if (at < length) all[at]! += by;
        const thresholds = all.sort();
        const floats = Float32Array.of(...around(thresholds), ...others);
        expect(encoded(thresholds, floats)).toEqual(counted(thresholds, floats));
      },
    ),
    { numRuns: 200 },
  ));
