export { batchNormApply, batchNormClipQuantize } from './batch-norm';
export { batchNormGradientRows, batchNormGradientSums } from './batch-norm-gradient';
export {
  batchNormMoments,
  batchNormMomentsEnd,
  batchNormMomentsStart,
  batchNormScratch,
} from './batch-norm-statistics';
export { clipQuantize, passInside } from './clip-quantize';
export { binarizeWeights, quantizeWeights, quantizeWeightsGradient } from './dorefa-weights';
export { gradientOnGrid, quantizeOnGrid } from './grid-quantize';
export { lstmCell, lstmCellGradient } from './lstm-cell';
export { quantizeByTable, sumsByTable, sumsByTableScratch } from './table-quantize';
export { lookup, rankInRow } from './lookup';
