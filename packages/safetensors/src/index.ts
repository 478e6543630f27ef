export { SafetensorsError } from './error.js';
export type { Arrays, Dtype, SafeTensor } from './dtypes.js';
export { readSafetensors, type ReadOptions, type Safetensors } from './read.js';
export { writeSafetensors } from './write.js';
