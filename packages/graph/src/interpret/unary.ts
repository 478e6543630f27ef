import { elu, exp, gelu, sigmoid, softplus, tanh } from '../elementary.js';
import type { UnaryFunction } from '../graph.js';

const { abs, fround, max, min, sign, sqrt } = Math;
const FIFTH = fround(0.2);

/**
 * The element-wise functions, from float32 to float32. NaN gives NaN. `relu` and `relu6` of −0 are +0; `sign` of ±0 is ±0;
 * `hardSigmoid` is 0.2 x + 0.5 limited to [0, 1], product and sum rounded; `sqrt` is rounded to nearest; the others are
 * those of `elementary.ts`.
 */
export const unaryFunctions: { readonly [name in UnaryFunction]: (x: number) => number } = {
  relu: (x) => max(x, 0),
  relu6: (x) => min(max(x, 0), 6),
  abs,
  sign,
  sigmoid,
  hardSigmoid: (x) => min(max(fround(fround(FIFTH * x) + 0.5), 0), 1),
  tanh,
  exp,
  gelu,
  elu,
  softplus,
  sqrt: (x) => fround(sqrt(x)),
};
