export { batchNormGradient } from './batch-norm-gradient';
export { conv2dFilterGradient, conv2dFilterScratch } from './conv2d';
export { depthwise } from './depthwise-forward';
export { depthwiseFilterGradient, depthwiseInputGradient } from './depthwise';
export { matMul, matMulScratch } from './mat-mul';
export { outerFilterGradient } from './outer';
export { clipGradient, reluGradient, squareGradient } from './pass-gradients';
export { conv2dInputGradient } from './phases';
export { pointwise, pointwiseScratch } from './pointwise';
export { batchNormFactors, clear, clip, repeatRows, scaleShift, segmentSum } from './rows';
export { avgPoolGradient, maxPoolGradient } from './pool';
export { sumLast, sumMiddle } from './sums';
export { windows, windowsScratch } from './windows';
export { winograd, winogradFilterGradient, winogradScratch } from './winograd';
export {
  pointwiseGradientsBlock,
  pointwiseGradientsRows,
  pointwiseGradientsScratch,
  pointwiseGradientsStart,
} from './pointwise-gradients';
export { transpose } from './transpose';
