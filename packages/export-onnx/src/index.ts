export type { ExportOptions } from './build.js';
export { toOnnxQdq } from './qdq.js';
export { toQonnx } from './qonnx.js';
