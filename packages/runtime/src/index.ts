export { load, type LoadOptions } from './load.js';
export { Model, type Port, type ProfileOptions, type StepTime, type Values } from './model.js';
export type { ModelMemory } from './plan/plan.js';
export type { Simd } from './wasm/kernels.js';
