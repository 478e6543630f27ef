import { backend, getBackend } from '@tensorflow/tfjs-core';

/** The name that people know the current backend by: TF.js itself calls those of tfjs-node and tfjs-node-gpu 'tensorflow'. */
export function backendName(): string {
  const name = getBackend();
  if (name !== 'tensorflow') return name;
  return (backend() as { isGPUPackage?: boolean }).isGPUPackage ? 'node-gpu' : 'node';
}
