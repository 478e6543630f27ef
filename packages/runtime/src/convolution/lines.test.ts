import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Heap } from '../wasm/heap.js';
import { engine } from '../wasm/kernels.js';

const { fround } = Math;
const ROUND = 12582912;

/** What a filter's sums of integers become: fround(fround(fround(sum) · scale) + bias). */
interface Filter {
  readonly scale: number;
  readonly bias: number;
  readonly missing: number;
}

const float = (max: number) => fc.float({ min: fround(-max), max: fround(max), noNaN: true });
const filters = fc.array(
  fc.record({ scale: float(2), bias: float(20), missing: fc.integer({ min: -300, max: 300 }) }),
  { minLength: 1, maxLength: 9 },
);
const uneven = fc.array(float(30), { minLength: 1, maxLength: 15 }).map((values) => Float32Array.from(values).sort());
const even = fc
  .record({ first: float(5), step: float(2), count: fc.integer({ min: 1, max: 15 }) })
  .map(({ first, step, count }) => Float32Array.from({ length: count }, (_, k) => first + k * Math.abs(step)));

const resultOf = (sum: number, scale: number, bias: number) => fround(fround(fround(sum) * scale) + bias);
const codeOf = ({ scale, bias }: Filter, thresholds: Float32Array, sum: number) =>
  thresholds.reduce((code, threshold) => (resultOf(sum, scale, bias) >= threshold ? code + 1 : code), 0);
const lineCode = (scale: number, bias: number, sum: number, last: number) =>
  Math.max(0, Math.min(last + 1, fround(resultOf(sum, scale, bias) + ROUND) - ROUND));

const host = await engine();

/** The filters' scales and biases after `findLines`, and whether it found any. */
function findLines(all: readonly Filter[], thresholds: Float32Array, most: number) {
  const heap = new Heap(host);
  const [scale, bias] = [heap.put(floats(all, 'scale')), heap.put(floats(all, 'bias'))];
  const missing = heap.put(Int32Array.from(all, (filter) => filter.missing));
  const spare = heap.reserve(thresholds.length * 4 + all.length * 8);
  const last = thresholds.length - 1;
  const isFound = host.kernels.findLines(scale, bias, missing, all.length, heap.put(thresholds), last, most, spare);
  const read = (address: number) => heap.floats(address, all.length).slice();
  return { isFound: isFound === 1, scale: read(scale), bias: read(bias) };
}

const floats = (all: readonly Filter[], key: keyof Filter) => Float32Array.from(all, (filter) => filter[key]);

it('a line gives the code of every sum; where a filter has none, all stay what they were', () =>
  fc.assert(
    fc.property(filters, fc.oneof(uneven, even), fc.integer({ min: 1, max: 700 }), (all, thresholds, most) => {
      const { isFound, scale, bias } = findLines(all, thresholds, most);
      if (!isFound) {
        expect(scale).toEqual(floats(all, 'scale'));
        expect(bias).toEqual(floats(all, 'bias'));
        return;
      }
      all.forEach((filter, f) => {
        for (let sum = -most; sum <= most; sum++) {
          const code = lineCode(scale[f]!, bias[f]!, sum - filter.missing, thresholds.length - 1);
          if (code !== codeOf(filter, thresholds, sum)) expect.fail(`filter ${f}, sum ${sum}: ${code}`);
        }
      });
    }),
    { numRuns: 300 },
  ));

it('is found for levels that lie evenly, and of sums that are always the same', () => {
  const thresholds = Float32Array.from({ length: 15 }, (_, k) => (k + 0.5) / 15);
  const all = [
    { scale: fround(0.01), bias: fround(0.3), missing: 0 },
    { scale: fround(-0.003), bias: fround(0.9), missing: 40 },
    { scale: fround(0.0007), bias: fround(-0.2), missing: -300 },
    { scale: 0, bias: 0.5, missing: 0 },
  ];
  expect(findLines(all, thresholds, 2000).isFound).toBe(true);
});

it('is not found for levels that lie unevenly, of one filter or another', () => {
  const thresholds = Float32Array.of(0.1, 0.2, 0.9);
  const filter = { scale: fround(0.01), bias: 0, missing: 0 };
  const constant = { ...filter, scale: 0 };
  expect(findLines([filter], thresholds, 2000).isFound).toBe(false);
  expect(findLines([constant, filter], thresholds, 2000).isFound).toBe(false);
  expect(findLines([constant], thresholds, 2000).isFound).toBe(true);
});
