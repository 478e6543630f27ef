import type { CodedParameter, Parameter } from '../graph.js';
import { stridesOf } from '../shapes.js';
import { dequantized, isFloat, type Tensor } from './tensor.js';

/** What a tensor counts as in sums of products, row-major: the integers that its codes have, or float32 numbers. */
export type Factors =
  { readonly whole: true; readonly data: Float64Array } | { readonly whole: false; readonly data: Float32Array };

/**
 * Codes that have integers count as those, without their scale, which belongs to the node that multiplies; others as what
 * they stand for.
 */
export function factorsOf(tensor: Tensor): Factors {
  if (isFloat(tensor) || 'values' in tensor.type) return { whole: false, data: dequantized(tensor).data };
  return { whole: true, data: integersOf(tensor.data, tensor.type.integers) };
}

/** The same of weights: integers, or their code books' values. */
export function weightFactors(parameter: Parameter): Factors {
  if (parameter.kind === 'float32') return { whole: false, data: parameter.data };
  const { levels } = parameter;
  if ('integers' in levels) return { whole: true, data: integersOf(parameter.data, levels.integers) };
  return { whole: false, data: bookValues(parameter, levels) };
}

function integersOf(codes: Uint8Array, integers: readonly number[]): Float64Array {
  return new Float64Array(codes).map((code) => integers[code]!);
}

/** Each weight's value in the code book of its block: block ⌊index · grid / side⌋ along each axis. */
function bookValues(
  { shape, data }: CodedParameter,
  { values, grid }: { readonly values: Float32Array; readonly grid: readonly number[] },
): Float32Array {
  const blocks = stridesOf(grid);
  const places = stridesOf(shape);
  const levels = values.length / grid.reduce((count, side) => count * side, 1);
  return new Float32Array(data).map((code, at) => {
    let block = 0;
    shape.forEach((side, axis) => {
      const index = Math.floor(at / places[axis]!) % side;
      block += Math.floor((index * grid[axis]!) / side) * blocks[axis]!;
    });
    return values[block * levels + code]!;
  });
}

/** Sums of products, row-major. */
export interface Sums {
  readonly data: Float32Array | Float64Array;
  /** data[at + k] += a[i] · b[j + k · stride] for 0 ≤ k < count. */
  add(at: number, i: number, j: number, count: number, stride?: number): void;
}

/**
 * Sums that start at +0. Of two tensors of integers they are exact; else each product is rounded to float32, and so is each
 * sum.
 */
export function sumsOf(size: number, a: Factors, b: Factors): Sums {
  if (a.whole && b.whole) return exactSums(new Float64Array(size), a.data, b.data);
  return roundedSums(new Float32Array(size), float32Of(a), float32Of(b));
}

function exactSums(data: Float64Array, a: Float64Array, b: Float64Array): Sums {
  return {
    data,
    add(at, i, j, count, stride = 1) {
      const factor = a[i]!;
      for (let k = 0; k < count; k++) data[at + k]! += factor * b[j + k * stride]!;
    },
  };
}

/** The Float32Array of the sums is what rounds them. */
function roundedSums(data: Float32Array, a: Float32Array, b: Float32Array): Sums {
  return {
    data,
    add(at, i, j, count, stride = 1) {
      const factor = a[i]!;
      for (let k = 0; k < count; k++) data[at + k]! += Math.fround(factor * b[j + k * stride]!);
    },
  };
}

function float32Of({ data }: Factors): Float32Array {
  return data instanceof Float32Array ? data : new Float32Array(data);
}

/** y[row, u] = Σ a[row, k] · b[k, u] in the order of k. */
export function rowsByMatrix(a: Factors, rows: number, b: Factors, shape: readonly number[]): Sums['data'] {
  const [depth, units] = shape as readonly [number, number];
  const sums = sumsOf(rows * units, a, b);
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < depth; k++) sums.add(row * units, row * depth + k, k * units, units);
  return sums.data;
}
