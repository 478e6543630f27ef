import type { LoweredValue } from './draft.js';
import type { Layer } from './layer.js';
import type { LayerScope } from './scope.js';

/**
 * A layer that knows how to lower itself: a layer of one's own has this method, and needs no import for it.
 *
 * ```
 * class Scale extends tf.layers.Layer {
 *   lowerItself([x], scope) {
 *     return scope.affine(x, { scale: Float64Array.of(2), bias: Float64Array.of(0) });
 *   }
 * }
 * ```
 */
export interface LowersItself {
  /**
   * Adds nodes to `scope` for one application of the layer.
   *
   * @param inputs what the layer is applied to; real numbers or codes (`scope.real` gives real numbers)
   * @returns the result, or the results in their order
   */
  lowerItself(inputs: readonly LoweredValue[], scope: LayerScope): LoweredValue | LoweredValue[];
}

/** Whether a layer knows how to lower itself. */
export function lowersItself(layer: Layer): layer is Layer & LowersItself {
  return typeof (layer as Partial<LowersItself>).lowerItself === 'function';
}
