import { expect, it } from 'vitest';
import { permute, timesAlong, weightsOf } from './weights.js';

it('codes are decoded, those of integers to integers', () => {
  const integers = { kind: 'codes', shape: [3], data: Uint8Array.of(2, 0, 1), bits: 2 } as const;
  expect(weightsOf({ ...integers, levels: { integers: [-1, 0, 1] } })).toEqual({
    data: Float32Array.of(1, -1, 0),
    dims: [3],
    integers: [-1, 0, 1],
  });
});

it('each block of a code book has levels of its own', () => {
  const levels = { values: Float32Array.of(1, 2, 10, 20, 3, 4, 30, 40), grid: [2, 2] };
  const data = Uint8Array.of(0, 1, 0, 1, 1, 1, 0, 0);
  const parameter = { kind: 'codes', shape: [2, 4], data, bits: 1, levels } as const;
  expect(weightsOf(parameter).data).toEqual(Float32Array.of(1, 2, 10, 20, 4, 4, 30, 30));
});

it('axes are permuted', () => {
  const shape = [2, 3, 4, 5];
  const data = Float32Array.from({ length: 120 }, (_, i) => i);
  const permutation = [3, 0, 2, 1];
  const moved = permute({ data, dims: shape }, permutation);
  expect(moved.dims).toEqual([5, 2, 4, 3]);
  for (const [d, a, c, b] of [
    [0, 0, 0, 0],
    [4, 1, 3, 2],
    [2, 1, 0, 1],
  ] as const) {
    expect(moved.data[((d * 2 + a) * 4 + c) * 3 + b]).toBe(((a * 3 + b) * 4 + c) * 5 + d);
  }
  expect([...moved.data].sort((x, y) => x - y)).toEqual([...data]);
});

it('factors belong to the places of an axis', () => {
  const weights = { data: Float32Array.of(1, 2, 3, 4, 5, 6), dims: [3, 2] };
  expect(timesAlong(weights, 0, [1, 10, -1])).toEqual(Float32Array.of(1, 2, 30, 40, -5, -6));
  expect(timesAlong(weights, 1, [1, 10])).toEqual(Float32Array.of(1, 20, 3, 40, 5, 60));
  expect(timesAlong(weights, 1, [2])).toEqual(Float32Array.of(2, 4, 6, 8, 10, 12));
});
