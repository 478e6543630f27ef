import { add, div, max, min, mul, pow, reciprocal, sqrt, sub } from './arithmetic.js';
import {
  batchNormalization,
  cast,
  clip,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  identity,
  leakyRelu,
  neg,
  softmax,
  unary,
} from './functions.js';
import type { Op } from './op.js';
import { concat, flatten, gather, pad, reshape, slice, split, squeeze, transpose, unsqueeze } from './places.js';
import { averagePool, globalAveragePool, globalMaxPool, maxPool, reduceMax, reduceMean, reduceSum } from './pooling.js';
import { conv, gemm, matMul } from './products.js';
import { erf, layerNormalization } from './recognize.js';

/** What is imported, by ONNX's names. */
export const OPS: ReadonlyMap<string, Op> = new Map(
  Object.entries({
    Conv: conv,
    Gemm: gemm,
    MatMul: matMul,

    Add: add,
    Sub: sub,
    Mul: mul,
    Div: div,
    Max: max,
    Min: min,
    Pow: pow,
    Sqrt: sqrt,
    Reciprocal: reciprocal,
    Neg: neg,

    Relu: unary('relu'),
    Sigmoid: unary('sigmoid'),
    Tanh: unary('tanh'),
    Exp: unary('exp'),
    Abs: unary('abs'),
    Sign: unary('sign'),
    Softplus: unary('softplus'),
    Elu: elu,
    LeakyRelu: leakyRelu,
    HardSigmoid: hardSigmoid,
    HardSwish: hardSwish,
    Gelu: gelu,
    Erf: erf,
    Clip: clip,
    Softmax: softmax,
    BatchNormalization: batchNormalization,
    LayerNormalization: layerNormalization,

    MaxPool: maxPool,
    AveragePool: averagePool,
    GlobalAveragePool: globalAveragePool,
    GlobalMaxPool: globalMaxPool,
    ReduceMean: reduceMean,
    ReduceSum: reduceSum,
    ReduceMax: reduceMax,

    Reshape: reshape,
    Flatten: flatten,
    Squeeze: squeeze,
    Unsqueeze: unsqueeze,
    Transpose: transpose,
    Concat: concat,
    Slice: slice,
    Split: split,
    Pad: pad,
    Gather: gather,

    Identity: identity,
    Dropout: identity,
    Cast: cast,
  } satisfies Record<string, Op>),
);
