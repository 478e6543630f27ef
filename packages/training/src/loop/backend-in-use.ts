import { simd, type Simd } from '@lowbit/wasm-host';
import { backend, getBackend } from '@tensorflow/tfjs-core';

/** The current backend, and of 'wasm' the SIMD that its kernels have. */
export function backendInUse(): { backend: string; simd?: Simd } {
  const name = backendName();
  return name === 'wasm' ? { backend: name, simd: simd() } : { backend: name };
}

/** The name that people know the current backend by: TF.js itself calls those of tfjs-node and tfjs-node-gpu 'tensorflow'. */
function backendName(): string {
  const name = getBackend();
  if (name !== 'tensorflow') return name;
  return (backend() as { isGPUPackage?: boolean }).isGPUPackage ? 'node-gpu' : 'node';
}
