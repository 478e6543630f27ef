export type * from './graph.js';
export { UNARY_FUNCTIONS } from './infer/elementwise.js';
export { inferValues } from './infer/infer-values.js';
export { readModel, type ReadModelOptions } from './file/read-model.js';
export { packedCodes } from './file/packed-codes.js';
export { writeModel, type WriteModelOptions } from './file/write-model.js';
export type { ExtraPacking } from './file/packings.js';
export {
  describeModel,
  modelBytes,
  type Arithmetic,
  type DescribedNode,
  type DescribedParameter,
  type ModelDescription,
} from './describe.js';
export { foldThresholds, type FoldedThresholds } from './fold-thresholds.js';
export {
  interpret,
  interpretBatch,
  type FloatArray,
  type InterpretInputs,
  type InterpretOptions,
} from './interpret/interpret.js';
export type { CodeTensor, FloatTensor, Tensor } from './interpret/tensor.js';
export { unaryFunctions } from './interpret/unary.js';
export { Draft, type Attributes, type DraftValue, type Result, type ScaledOp } from './draft/draft.js';
export { epilogue, followedBy, IDENTITY, times, type ExactEpilogue } from './draft/epilogue.js';
