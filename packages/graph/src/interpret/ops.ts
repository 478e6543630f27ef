import type { OpName } from '../graph.js';
import { conv2d, convTranspose2d } from './convolution.js';
import { add, affine, clip, maximum, multiply, subtract, unary } from './elementwise.js';
import type { Evaluate } from './evaluate.js';
import { concat, pad, reshape, slice, transpose } from './layout.js';
import { layerNorm, mean, softmax } from './normalize.js';
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './pool.js';
import { dense, embedding, matMul } from './products.js';
import { dequantize, quantize } from './quantize.js';
import { recurrent } from './recurrent.js';
import { activeShift, shift } from './shift.js';

/** What every op computes. */
export const ops: { readonly [Op in OpName]: Evaluate<Op> } = {
  conv2d,
  convTranspose2d,
  dense,
  affine,
  quantize,
  dequantize,
  shift,
  activeShift,
  maxPool,
  averagePool,
  globalAveragePool,
  globalMaxPool,
  add,
  subtract,
  multiply,
  maximum,
  concat,
  unary,
  clip,
  softmax,
  reshape,
  transpose,
  pad,
  slice,
  mean,
  embedding,
  layerNorm,
  matMul,
  recurrent,
};
