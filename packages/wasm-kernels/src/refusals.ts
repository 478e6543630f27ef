import { Cast } from '@tensorflow/tfjs-core';
import type { KernelCall } from './native.js';

type Refusal = (call: KernelCall) => boolean;

const refusals = new Map<string, Refusal>([
  // It copies the lowest byte of each element.
  [Cast, ({ inputs: { x }, attrs }) => attrs?.dtype === 'bool' && x!.dtype !== 'bool'],
]);

/** Which calls TF.js's own WASM kernel of that name refuses or gets wrong, or undefined where it takes all. */
export function refuses(kernelName: string): Refusal | undefined {
  return refusals.get(kernelName);
}
