export {
  PointwiseForward,
  PointwiseGradients,
  takesByRows,
  type GradientByRows,
  type ResultByRows,
} from './by-rows.js';
export { guardHeap, isOutOfMemory, OutOfMemoryError } from './heap.js';
export { checkSingleCore, kernelsOf, type Core } from './register.js';
export { noticeFallback } from './notice.js';
export { canHost, fromBase64, wasmModule, type Host } from './host.js';
export { fixSimd, hasRelaxedSimd, simd, useSimd, type Simd } from './simd.js';
