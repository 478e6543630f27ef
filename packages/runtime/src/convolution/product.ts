import type { Heap } from '../wasm/heap.js';
import { ladderOf, lineOf } from './integers.js';
import { blocksOf, packBytes, packDots, packPairs, putLookups, type Matrix } from './pack.js';
import type { ConvolutionRecord } from './record.js';

/** Values of `product` in assembly/convolution.ts. */
export const PRODUCTS = {
  lookups: 0,
  fourDots: 1,
  manyDots: 2,
  dots: 3,
  relaxedShort: 4,
  relaxedDots: 5,
  floats: 6,
  depthwise: 7,
} as const;

export type ProductName = keyof typeof PRODUCTS;

/** How sums of products of integers are computed. */
export interface Product {
  readonly name: ProductName;
  readonly record: ConvolutionRecord;
  /** Their address. */
  readonly weights: number;
  /** What codes count as, by code, where that is no line. */
  readonly table?: Int16Array;
  /** What each filter's sum lacks, which does not depend on the input. */
  readonly missing: Int32Array;
}

/** Integers of codes by integers of weights. */
export interface IntegerOperands {
  /** What the codes of the input count as. */
  readonly codes: readonly number[];
  /** What the codes of the weights count as. */
  readonly levels: readonly number[];
  /** Of codes. */
  readonly matrix: Matrix;
  /** Whether rows reach beyond the input. */
  readonly isPadded: boolean;
}

const MOST_SHORT = 32767;
const MOST_LOOKED_UP = 15;
/** Levels of weights two of which are packed into 16 bits. */
const MOST_PACKED = 16;
/** Sums of packed products stay below it. */
const PACKED = 2048;

/** The fastest product for these operands on the heap's engine; puts the weights there. */
export function productOf(operands: IntegerOperands, heap: Heap): Product {
  const { codes, levels, matrix } = operands;
  const { simd, hasWideDot } = heap.engine;
  const line = lineOf(codes);
  const zero = codes.indexOf(0);
  if (!line || (operands.isPadded && zero < 0)) return plainDots(operands, heap);
  const top = codes.length - 1;
  const { low, step, count } = ladderOf(levels);
  // in codes of both, slope · step · Σ w a + slope · low · Σ a
  const [alpha, beta] = [line.slope * step, line.slope * low];
  const size = sizeOf(matrix);
  const fill = Math.max(zero, 0);
  const missing = Int32Array.from({ length: matrix.filters }, (_, filter) =>
    line.offset === 0 ? 0 : line.offset * sumOf(matrix, levels, filter),
  );
  const coded = levels.map((level) => (level - low) / step);
  if (count <= 2 && top <= MOST_LOOKED_UP) {
    const isShort = matrix.depth * top * Math.max(Math.abs(beta), Math.abs(alpha + beta)) <= MOST_SHORT;
    const record = { size, fill, alpha, beta, isShort: Number(isShort), blocks: blocksOf(matrix.filters, 16) };
    return product('lookups', record, putLookups(heap, matrix, coded, size), missing);
  }
  const factors = levels.map((level) => line.slope * level);
  const within = (least: number, most: number) => factors.every((factor) => factor >= least && factor <= most);
  if (simd === 'relaxed') {
    const byBytes = (name: ProductName, width: 8 | 16) =>
      product(
        name,
        { size, fill, blocks: blocksOf(matrix.filters, width) },
        heap.put(packBytes(matrix, factors, size, width)),
        missing,
      );
    if (hasWideDot && within(-128, 127)) return byBytes('relaxedDots', 8);
    if (within(-8, 8) && top <= MOST_LOOKED_UP) return byBytes('relaxedShort', 16);
  }
  const steps = Math.floor((PACKED - 1) / (2 * (count - 1) * Math.max(1, top)));
  if (steps >= 4 && count <= MOST_PACKED) {
    const isMany = steps >= 8;
    const width = isMany ? 32 : 8;
    const record = { size, fill, alpha, beta, steps, blocks: blocksOf(matrix.filters, width) };
    return product(isMany ? 'manyDots' : 'fourDots', record, heap.put(packPairs(matrix, coded, size, width)), missing);
  }
  return plainDots(operands, heap);
}

/** Any integers of 16 bits: padding is a code of its own where none counts as 0. */
function plainDots({ codes, levels, matrix, isPadded }: IntegerOperands, heap: Heap): Product {
  const line = lineOf(codes);
  const zero = codes.indexOf(0);
  const size = sizeOf(matrix);
  const blocks = blocksOf(matrix.filters, 16);
  const weights = heap.put(packDots(matrix, levels, size));
  const missing = new Int32Array(matrix.filters);
  if (line && (!isPadded || zero >= 0)) {
    const mapping = line.slope === 1 && line.offset === 0 ? 0 : 1;
    return product('dots', { size, blocks, fill: Math.max(zero, 0), mapping, ...line }, weights, missing);
  }
  if (zero < 0 && isPadded && codes.length > 255) {
    throw new Error(
      '256 levels, none of which is 0, cannot be padded; leave one out, or dequantize before the convolution',
    );
  }
  const fill = zero < 0 ? codes.length % 256 : zero;
  const table = new Int16Array(256);
  table.set(codes);
  return { ...product('dots', { size, blocks, fill, mapping: 2 }, weights, missing), table };
}

function product(
  name: ProductName,
  record: ConvolutionRecord,
  weights: Product['weights'],
  missing: Int32Array,
): Product {
  return { name, record: { ...record, product: PRODUCTS[name], isWhole: 1 }, weights, missing };
}

/** Bytes of a row with the zeros behind it. */
function sizeOf({ depth }: Matrix): number {
  return Math.ceil(depth / 16) * 16;
}

function sumOf({ depth, data, pitch, first }: Matrix, levels: readonly number[], filter: number): number {
  let sum = 0;
  for (let index = 0; index < depth; index++) sum += levels[data[index * pitch + first + filter]!]!;
  return sum;
}
