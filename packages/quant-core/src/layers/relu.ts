import type { Tensor } from '@tensorflow/tfjs-core';
import { clipInOnePass, reluUpTo } from '../clip.js';
import { hasKernels } from '../kernels.js';
import { normalizeAndClip } from '../normalize.js';
import { left, type TakesNorm } from './fusion.js';
import { ReLU, type ReluArgs } from './stock.js';

/**
 * `tf.layers.reLU` in one pass over memory forwards and one backwards where the backend has a kernel for it, and none of its own
 * after a batch normalization that is left to it. The results are the same bits.
 *
 * It is saved under the stock layer's name, so that any TF.js program loads a model that has it.
 */
export class Relu extends ReLU implements TakesNorm {
  static readonly className = 'ReLU';

  override call(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor | Tensor[] {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const norm = left(x);
    if (norm) return normalizeAndClip(norm, this.#top());
    return this.takesNorm() && hasKernels(x) ? clipInOnePass(x, this.#top()) : super.call(inputs, kwargs);
  }

  /** Whether there is no `maxValue`, or one above 0. */
  takesNorm(): boolean {
    return this.maxValue == null || this.maxValue > 0;
  }

  #top(): number {
    return reluUpTo(this.maxValue ?? Infinity);
  }
}

/** A ReLU; the options of `tf.layers.reLU`. */
export function relu(args: ReluArgs = {}): Relu {
  return new Relu(args);
}
