import type { KernelCall } from './native.js';

type Refusal = (call: KernelCall) => boolean;

const refusals = new Map<string, Refusal>();

/** Which calls TF.js's own WASM kernel of that name refuses or gets wrong, or undefined where it takes all. */
export function refuses(kernelName: string): Refusal | undefined {
  return refusals.get(kernelName);
}
