export { importOnnx, type ImportOptions } from './import-onnx.js';
