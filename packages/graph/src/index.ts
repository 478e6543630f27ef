export type * from './graph.js';
export { inferValues } from './infer/infer-values.js';
