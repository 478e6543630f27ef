import './auto.js';

export { registerWasmKernels, type RegisteredKernel } from './registry.js';
