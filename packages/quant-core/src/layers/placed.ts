import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { placedLayers } from '../walk.js';
import type { QuantizedLayer } from './quantized-layer.js';
import type { WeightConstraint } from './quantizer-slot.js';

type Layer = LayersModel['layers'][number];

/** A quantized layer at its place in a model. */
export interface PlacedLayer {
  /** 'conv', or 'inner/conv' in a model inside; what its weights are named by. */
  readonly path: string;
  readonly layer: Layer & QuantizedLayer;
}

/** The layers of a model that have quantizers, those of models inside of it included, each once. */
export function quantizedLayers(model: LayersModel): PlacedLayer[] {
  return placedLayers(model).flatMap(({ path, inner }) =>
    (inner as Partial<QuantizedLayer>).slots instanceof Map ? [{ path, layer: inner as Layer & QuantizedLayer }] : [],
  );
}

/** The weights that are state of quantizers, by 'layer/weight': steps, clips, code books, and whether they were made from data. */
export function quantizerStates(model: LayersModel): Set<string> {
  const names = quantizedLayers(model).flatMap(({ path, layer }) =>
    [...layer.slots.values()].flatMap((slot) => slot.weights().map((weight) => `${path}/${weight}`)),
  );
  return new Set(names);
}

/** Learning-rate scales of a model's weights, by 'layer/weight' ('inner/layer/weight' in a model inside); those that are not named learn at the stage's rate. */
export function learningRateScales(model: LayersModel): Record<string, number> {
  return byWeight(model, (layer) => layer.learningRateScales?.());
}

/**
 * Where a model's weights may be after an update, by 'layer/weight': what quantizers ask for, and the constraints of `tf.layers`, which
 * its own `fit` never applies.
 */
export function weightConstraints(model: LayersModel): Record<string, WeightConstraint> {
  const stock = placedLayers(model).flatMap(({ path, layer }) =>
    layer.weights.flatMap((weight): [string, WeightConstraint][] => {
      const { constraint } = weight as unknown as { constraint: { apply(w: Tensor): Tensor } | null };
      const name = weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
      return constraint ? [[`${path}/${name}`, (w) => constraint.apply(w)]] : [];
    }),
  );
  return { ...byWeight(model, (layer) => layer.weightConstraints?.()), ...Object.fromEntries(stock) };
}

function byWeight<T>(
  model: LayersModel,
  of: (layer: Partial<QuantizedLayer>) => Readonly<Record<string, T>> | undefined,
): Record<string, T> {
  const found = placedLayers(model).flatMap(({ path, inner }) =>
    Object.entries(of(inner as Partial<QuantizedLayer>) ?? {}).map(
      ([weight, value]) => [`${path}/${weight}`, value] as const,
    ),
  );
  return Object.fromEntries(found);
}
