export { quantize } from './coding';
export { convolutionScratch, convolve } from './convolve';
export { copyBlock, fillBytes } from './copies';
export { affine, clip, combine, firstNaN } from './elementwise';
export { averageCodes, averagePool, maxPool } from './pool';
export { findLines } from './lines';
export { packBits, packFloats } from './packing';
export { convTranspose, matMul } from './products';
export { dequantize } from './decode';
export { gruReset, gruStep, lstmStep, simpleStep } from './recurrent';
export { relaxedDotProbe, relaxedShortDotProbe, relaxedSwizzleProbe } from './relaxed';
export { embedding, layerNorm, mean, softmax } from './rows';
export { chain } from './links';
export { activeShift, frame, shift } from './shift';
export { unary } from './unary';
// Nobody calls these from outside: what is exported stays a function of its own, where it would else become part of `convolve`, and hosts
// compile small functions sooner.
export { depthwise } from './depthwise';
export { dots, fourDots, manyDots } from './dots';
export { finish } from './finish';
export { floatProducts } from './float';
export { lookups } from './lookups';
export { relaxedDots, relaxedShortDots } from './relaxed';
