import { initializers } from '@tensorflow/tfjs-layers';
import type { KernelStart } from './plan/node.js';

/** Standard deviation of the standard normal distribution cut off at ±2; TensorFlow 1 divides by it, TF.js does not. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/** The TF.js initializer of a kernel's start. */
export function kernelInitializer(start: KernelStart, seed: number): ReturnType<typeof initializers.constant> {
  if (start === 'he-fan-out') {
    const scale = 2 / TRUNCATED_DEVIATION ** 2;
    return initializers.varianceScaling({ scale, mode: 'fanOut', distribution: 'normal', seed });
  }
  if (start === 'pytorch-uniform') {
    return initializers.varianceScaling({ scale: 1 / 3, mode: 'fanIn', distribution: 'uniform', seed });
  }
  return initializers.randomNormal({ mean: 0, stddev: start.normal, seed });
}

/** A layer's own seed: 1 to 2³² − 1 (TF.js takes 0 for "draw one"), of the model's seed and the layer's name. */
export function seedOf(seed: number, layer: string): number {
  let h = (seed ^ 0x811c9dc5) >>> 0;
  for (const char of layer) h = Math.imul(h ^ char.codePointAt(0)!, 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0 || 1;
}
