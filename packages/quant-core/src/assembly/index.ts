export { batchNormGradient, batchNormScratch, batchNormStatistics } from './batch-norm';
export { clipQuantize, passInside } from './clip-quantize';
