export type { ExportOptions } from './build.js';
export { toOnnxQdq, type QdqOptions } from './qdq.js';
export { toQonnx } from './qonnx.js';
