import { LowbitError, type Role } from '@lowbit/plugin-api';
import type { serialization } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import '../layers/quant-attention.js';
import '../layers/quant-convolutions.js';
import '../layers/quant-embedding.js';
import '../layers/quant-folded-conv2d.js';
import '../layers/quant-layers.js';
import '../layers/quant-recurrent.js';
import { quantizedLayers } from '../layers/placed.js';
import { placedConfigs, type LayerEntry, type PlacedConfig } from './configs.js';
import { assign, type Assignment, type Policy } from './policy.js';
import { keepOwnLayers } from './own-layers.js';
import { checkWeights, copyWeights } from './weights.js';

/**
 * A quantized copy of a trained model: the layers that a policy speaks of are made again with quantizers, all weights are kept, and the
 * quantizers of weights get their state from them. Layers of this package stay what they are, and work in `withFusion`. Those of activations are still to be calibrated: by the first training step, or
 * without training by `calibrateModel` of `@lowbit/post-training`. Models inside of models, shared layers, `timeDistributed` and
 * `bidirectional` are kept as they are; a model inside of a wrapper is not quantized.
 *
 * First and last layer float, shortcuts at 8 bits, the rest at 2:
 *
 * `quantizeModel(model, [{ weights: { quantizer: 'lsq', bits: 2 } }, { pattern: 'shortcut', bits: 8 }, { position: ['first', 'last'], bits: 'float' }])`
 *
 * @returns a model of the same names, not compiled; both models are the caller's to dispose
 * @throws LowbitError ('config') a policy that is not one, a rule that matches no layer, a policy that quantizes nothing, a quantizer
 *   not made for its role; ('data') weights that hold NaN or an infinity; ('usage') a model without layers
 */
export function quantizeModel(model: LayersModel, policy: Policy): LayersModel {
  if (!model.inputs?.length) {
    const hint = 'give it layers, the first of them with an inputShape';
    throw new LowbitError('usage', {
      what: 'a model without layers has no weights',
      where: `model '${model.name}'`,
      hint,
    });
  }
  const topology: LayerEntry = { className: model.getClassName(), config: structuredClone(model.getConfig()) };
  const places = placedConfigs(topology);
  const candidates = places.map(({ path, entry, target }) => ({ path, kinds: target.kindsOf(entry.config) }));
  const assignments = assign(policy, candidates);
  checkWeights(model);
  places.forEach((place, i) => give(place, assignments[i]!));
  keepOwnLayers(model, topology);
  const Class = model.constructor as unknown as serialization.SerializableConstructor<LayersModel>;
  const quantized = Class.fromConfig(Class, topology.config as serialization.ConfigDict);
  try {
    copyWeights(model, quantized);
    for (const { layer } of quantizedLayers(quantized)) layer.calibrateWeights();
    return quantized;
  } catch (error) {
    quantized.dispose();
    throw error;
  }
}

/** Makes the entry that of a quantized layer. */
function give({ entry, target }: PlacedConfig, assignment: Assignment): void {
  const options: Record<Role, readonly string[]> = {
    weights: target.weights,
    activations: target.inputs ? ['inputQuantizer'] : [],
    gradients: ['gradientQuantizer'],
  };
  for (const [role, spec] of Object.entries(assignment) as [Role, 'float' | Record<string, unknown>][]) {
    for (const option of options[role]) entry.config[option] = spec === 'float' ? undefined : spec;
  }
  const takes = Object.values(options).flat();
  if (takes.some((option) => entry.config[option])) entry.className = target.className;
}
