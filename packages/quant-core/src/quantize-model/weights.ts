import { LowbitError } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { QuantizedLayer } from '../layers/quantized-layer.js';
import { allFinite } from '../on-host.js';
import { placedLayers, type Placed } from '../walk.js';

type Layer = LayersModel['layers'][number];
type Weight = Layer['weights'][number];

/** @throws LowbitError ('data') weights that are not all finite */
export function checkWeights(model: LayersModel): void {
  for (const { path, layer } of placedLayers(model)) {
    for (const weight of layer.weights) {
      if (allFinite(weight.read())) continue;
      throw new LowbitError('data', {
        what: 'the weights hold NaN or an infinity',
        where: `layer '${path}', weight '${nameOf(weight)}'`,
        hint: 'find the step at which training diverged, or load the last good checkpoint',
      });
    }
  }
}

/** Copies what two models of one topology have in common: all weights but the state of quantizers that are not the same. */
export function copyWeights(from: LayersModel, to: LayersModel): void {
  const sources = new Map(placedLayers(from).map((placed) => [placed.path, placed]));
  for (const target of placedLayers(to)) copyLayer(sources.get(target.path)!, target);
}

function copyLayer(source: Placed, target: Placed): void {
  const known = new Map(source.layer.weights.map((weight) => [keyOf(weight, source), weight]));
  const made = newState(source, target);
  tf.tidy(() => {
    for (const weight of target.layer.weights) {
      const key = keyOf(weight, target);
      if (!made.has(key)) weight.write(known.get(key)!.read());
    }
  });
}

/** The names of the state of quantizers that the source does not have. */
function newState(source: Placed, { inner }: Placed): Set<string> {
  const slots = [...((inner as Partial<QuantizedLayer>).slots ?? [])];
  const added = slots.filter(([option, slot]) => specOf(source, option) !== JSON.stringify(slot.toConfig()));
  return new Set(added.flatMap(([, slot]) => slot.weights()));
}

function specOf({ inner }: Placed, option: string): string | undefined {
  const slot = (inner as Partial<QuantizedLayer>).slots?.get(option);
  return slot && JSON.stringify(slot.toConfig());
}

/** A weight's name within its layer; of a model in a wrapper, whose layers may share names, with its place. */
function keyOf(weight: Weight, { layer, inner }: Placed): string {
  return Array.isArray((inner as Partial<LayersModel>).layers) ? `${layer.weights.indexOf(weight)}` : nameOf(weight);
}

function nameOf({ originalName }: Weight): string {
  return originalName.slice(originalName.lastIndexOf('/') + 1);
}
