export type { Batch, Batches, BatchSequence } from './batches.js';
export { calibrateModel, type CalibrateOptions } from './calibrate-model.js';
export { layerErrors, type LayerError } from './layer-errors.js';
export { reestimateBatchNorm } from './reestimate-batch-norm.js';
export { correctBias, type BiasCorrection } from './correct-bias.js';
