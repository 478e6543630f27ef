export type * from './graph.js';
export { inferValues } from './infer/infer-values.js';
export {
  interpret,
  interpretBatch,
  type FloatArray,
  type InterpretInputs,
  type InterpretOptions,
} from './interpret/interpret.js';
export type { CodeTensor, FloatTensor, Tensor } from './interpret/tensor.js';
export { unaryFunctions } from './interpret/unary.js';
