import type { OpName } from '../graph.js';
import { broadcastShape, sizeOf, stridesOf } from '../shapes.js';
import { applyEpilogue } from './epilogue.js';
import { floatInput, type Call, type Evaluate } from './evaluate.js';
import { floatTensor, type Tensor } from './tensor.js';
import { unaryFunctions } from './unary.js';

/** Sums, rounded to float32. */
export const add: Evaluate<'add'> = (call) => binary(call, (a, b) => a + b);

/** Differences, rounded to float32. */
export const subtract: Evaluate<'subtract'> = (call) => binary(call, (a, b) => a - b);

/** Products, rounded to float32. */
export const multiply: Evaluate<'multiply'> = (call) => binary(call, (a, b) => a * b);

/** The larger value; NaN where one is, and +0 is more than −0. */
export const maximum: Evaluate<'maximum'> = (call) => binary(call, Math.max);

/** A function of each value; see {@link unaryFunctions}. */
export const unary: Evaluate<'unary'> = (call) => each(call, unaryFunctions[call.node.function]);

/** The smaller of max and the larger of min and x, the limits rounded to float32; NaN stays NaN. */
export const clip: Evaluate<'clip'> = (call) => {
  const [min, max] = [Math.fround(call.node.min), Math.fround(call.node.max)];
  return each(call, (x) => Math.min(Math.max(x, min), max));
};

/** The epilogue of float32 values. */
export const affine: Evaluate<'affine'> = (call) => {
  const { shape, data } = floatInput(call);
  return floatTensor(shape, applyEpilogue(call, data, shape.at(-1)!, call.node));
};

function each(call: Call<OpName>, apply: (x: number) => number): Tensor {
  const { shape, data } = floatInput(call);
  return floatTensor(shape, data.map(apply));
}

/** Of two values, the last axes side by side, sizes of 1 repeated; the Float32Array rounds. */
function binary(call: Call<OpName>, combine: (a: number, b: number) => number): Tensor {
  const [a, b] = [floatInput(call, 0), floatInput(call, 1)];
  const shape = broadcastShape(a.shape, b.shape)!;
  const [fromA, fromB] = [repeated(a.shape, shape), repeated(b.shape, shape)];
  const y = new Float32Array(sizeOf(shape)).map((_, at) => combine(a.data[fromA(at)]!, b.data[fromB(at)]!));
  return floatTensor(shape, y);
}

/** Where a value of the repeated shape comes from. */
function repeated(shape: readonly number[], to: readonly number[]): (at: number) => number {
  const missing = to.length - shape.length;
  const own = stridesOf(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
  const places = stridesOf(to);
  return (at) => own.reduce((sum, stride, axis) => sum + stride * digit(at, axis + missing), 0);
  function digit(at: number, axis: number): number {
    return Math.floor(at / places[axis]!) % to[axis]!;
  }
}
