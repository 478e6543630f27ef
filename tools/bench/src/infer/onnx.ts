import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startProcess, type Started } from '../run/child.js';
import type { Skipped } from '../run/side.js';
import { SHAPES } from './pointwise.js';

/** ONNX ops that multiply int8 matrices. */
export type OnnxKind = 'MatMulInteger' | 'QLinearConv';

const folder = new URL('../../../../bench/peers/onnxruntime-web/', import.meta.url);

/** Starts ONNX Runtime Web, which is installed by a package file of its own: 'step SHAPE,KIND' computes one product. */
export async function startOnnx(): Promise<Started | Skipped> {
  const name = 'ONNX Runtime Web';
  if (!existsSync(new URL('node_modules/onnxruntime-web', folder))) {
    return { name, skipped: 'not installed; run npm install in bench/peers/onnxruntime-web' };
  }
  const script = fileURLToPath(new URL('side.js', folder));
  return startProcess({ name, command: process.execPath, args: [script], input: JSON.stringify(SHAPES) });
}
