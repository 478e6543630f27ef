import { registerWasmKernels } from './registry.js';

registerWasmKernels();
