import type { CodedParameter, Parameter } from '../graph.js';
import { stridesOf } from '../shapes.js';
import { dequantized, isFloat, type Tensor } from './tensor.js';

/** What a tensor counts as in sums of products, row-major: float32 numbers, or the integers that its codes have. */
export interface Factors {
  readonly whole: boolean;
  readonly data: ArrayLike<number>;
}

/** Codes that have integers count as those, without their scale, which belongs to the node that multiplies; others as what they stand for. */
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
  return Float64Array.from(codes, (code) => integers[code]!);
}

/** Each weight's value in the code book of its block: block ⌊index · grid / side⌋ along each axis. */
function bookValues(
  { shape, data }: CodedParameter,
  { values, grid }: { readonly values: Float32Array; readonly grid: readonly number[] },
): Float32Array {
  const blocks = stridesOf(grid);
  const places = stridesOf(shape);
  const levels = values.length / grid.reduce((count, side) => count * side, 1);
  return Float32Array.from(data, (code, at) => {
    let block = 0;
    shape.forEach((side, axis) => {
      const index = Math.floor(at / places[axis]!) % side;
      block += Math.floor((index * grid[axis]!) / side) * blocks[axis]!;
    });
    return values[block * levels + code]!;
  });
}

/**
 * Sums that start at +0. Of two tensors of integers they are exact; else each product is rounded to float32, and so is each sum
 * (by the Float32Array that holds it).
 */
export class Sums {
  readonly data: Float32Array | Float64Array;
  readonly #whole: boolean;

  constructor(
    size: number,
    readonly a: Factors,
    readonly b: Factors,
  ) {
    this.#whole = a.whole && b.whole;
    this.data = this.#whole ? new Float64Array(size) : new Float32Array(size);
  }

  /** data[at + k] += a[i] · b[j + k · stride] for 0 ≤ k < count. */
  add(at: number, i: number, j: number, count: number, stride = 1): void {
    const { data, b } = this;
    const factor = this.a.data[i]!;
    for (let k = 0; k < count; k++) {
      const product = factor * b.data[j + k * stride]!;
      data[at + k]! += this.#whole ? product : Math.fround(product);
    }
  }
}

/** y[row, u] = Σ a[row, k] · b[k, u] in the order of k. */
export function rowsByMatrix(
  a: Factors,
  rows: number,
  b: Factors,
  [depth, units]: readonly number[],
): Float32Array | Float64Array {
  const sums = new Sums(rows * units!, a, b);
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < depth!; k++) sums.add(row * units!, row * depth! + k, k * units!, units!);
  return sums.data;
}
