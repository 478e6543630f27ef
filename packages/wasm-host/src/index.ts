export { canHost, fromBase64, wasmModule, type Host } from './host.js';
