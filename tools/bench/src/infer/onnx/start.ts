import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, type Started } from '../../run/child.js';
import type { Skipped } from '../../run/side.js';
import type { OnnxModel } from './products.js';

const root = new URL('../../../../../', import.meta.url);
const peers = new URL('bench/peers/', root);

/** ONNX Runtime in WebAssembly, and the native one; each is one thread. */
export type OnnxEngine = 'web' | 'native';

export const ENGINE_NAMES = { web: 'ONNX Runtime Web', native: 'native ONNX Runtime' } as const;

/** Starts ONNX Runtime: 'step INDEX' computes one of the models, whose files are put into a folder. */
export async function startOnnx(
  engine: OnnxEngine,
  folder: string,
  models: Readonly<Record<string, OnnxModel>>,
): Promise<Started | Skipped> {
  const given = Object.entries(models).map(async ([name, { file, type, shape }]) => {
    const at = path.join(folder, `${name}.onnx`);
    if (!existsSync(at)) await writeFile(at, file);
    return { file: at, type, shape };
  });
  const input = JSON.stringify(await Promise.all(given));
  return engine === 'web' ? startWeb(input) : startNative(input);
}

function startWeb(input: string): Promise<Started | Skipped> {
  const folder = new URL('onnxruntime-web/', peers);
  const name = ENGINE_NAMES.web;
  if (!existsSync(new URL('node_modules/onnxruntime-web', folder))) {
    return Promise.resolve({ name, skipped: 'not installed; run npm install in bench/peers/onnxruntime-web' });
  }
  return startProcess({ name, command: process.execPath, args: [fileURLToPath(new URL('side.js', folder))], input });
}

function startNative(input: string): Promise<Started | Skipped> {
  return startProcess({
    name: ENGINE_NAMES.native,
    command: process.env['LOWBIT_INTEROP_PYTHON'] ?? fileURLToPath(new URL('tools/interop/.venv/bin/python', root)),
    args: [fileURLToPath(new URL('onnxruntime/side.py', peers))],
    input,
    missing: 'not installed; run sh tools/interop/setup.sh',
  });
}
