import './auto.js';

export { fixSimd, hasRelaxedSimd, simd, type Simd } from '@lowbit/wasm-host';
export { registerWasmKernels, type RegisteredKernel } from './registry.js';
