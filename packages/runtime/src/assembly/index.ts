export { convolutionScratch, convolve } from './convolve';
export { dequantize, quantize } from './quantize';
export { relaxedDotProbe, relaxedShortDotProbe, relaxedSwizzleProbe } from './relaxed';
