import type { Scalar } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { isModel } from './weights.js';

type Layer = InstanceType<typeof layers.Layer>;

/**
 * The regularization losses that a model's layers declare, each layer once, however often it is used. The model's own
 * `calculateLosses` gives none for a `tf.sequential`.
 */
export function penalties(model: LayersModel): Scalar[] {
  return [...new Set(innerLayers(model))].flatMap((layer) => layer.calculateLosses());
}

function innerLayers(layer: Layer): Layer[] {
  if (isModel(layer)) return layer.layers.flatMap(innerLayers);
  // a `bidirectional` tells the penalties of the layer that it copied, which are none
  const { forwardLayer, backwardLayer } = layer as Layer & { forwardLayer?: Layer; backwardLayer?: Layer };
  return forwardLayer && backwardLayer ? [forwardLayer, backwardLayer] : [layer];
}
