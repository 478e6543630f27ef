export { crossEntropy, crossEntropyGradient, shiftRows, sumRows } from './cross-entropy';
export { elementwise } from './elementwise';
