import type { OpName } from '@lowbit/graph';
import type { PlanStep } from '../plan/step.js';
import { dequantize, quantize } from './codes.js';
import { conv2d, convTranspose2d, dense } from './convolutions.js';
import { affine, clip, combine, layerNorm, mean, softmax, unary } from './elementwise.js';
import { concat, pad, slice, transpose } from './layout.js';
import { activeShift } from './active-shift.js';
import { averagePool, globalAveragePool, globalMaxPool, maxPool, shift } from './places.js';
import { embedding, matMul, recurrent } from './sequences.js';

/** How each op is computed; reshape is not, since its value is the one before it. */
export const steps: { readonly [Op in Exclude<OpName, 'reshape'>]: PlanStep<Op> } = {
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
  add: combine,
  subtract: combine,
  multiply: combine,
  maximum: combine,
  concat,
  unary,
  clip,
  softmax,
  transpose,
  pad,
  slice,
  mean,
  embedding,
  layerNorm,
  matMul,
  recurrent,
};
