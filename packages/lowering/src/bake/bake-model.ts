import { LowbitError } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { input, model as functional, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { partsOf, type Layer } from '../layer.js';
import { SHIFTS } from '../rules/shifts.js';
import { walk } from '../walk.js';
import { bakedShift } from './baked-shift.js';
import { bakedSteps } from './baked-steps.js';
import { bakedWeights, quantizesInside, stockConfig, stockLayer, STOCK_NAMES } from './stock.js';

/** How the parts of a layer that is not stock are made. */
export interface Baking {
  /** Makes a stock layer, applies it to a value and gives it its weights. */
  apply(
    className: string,
    config: Record<string, unknown>,
    x: SymbolicTensor | SymbolicTensor[],
    weights?: tf.Tensor[],
  ): SymbolicTensor;
}

/**
 * A copy of a trained model in stock layers of `tf.layers` alone, which any TensorFlow.js program loads and runs without Lowbit: weights have
 * the values that their quantizers give them, at the precision of the scopes around.
 *
 * What is not stock is made of what is: quantizers of activations of batch normalizations and ReLUs, which round by adding and subtracting
 * 1.5 · 2²³ (it takes a backend that computes with 32 bits: no 16-bit textures), shifts of zero padding and a depthwise convolution. Models
 * inside are laid open. A value so near to a threshold that the rounding of float32 decides may get the level beside.
 *
 * @returns a model of the same inputs and outputs, not compiled; both models are the caller's to dispose
 * @throws LowbitError ('unsupported') a layer that is neither stock nor a counterpart of one nor a shift: attention, say; XNOR-Net's K;
 *   activations that are quantized inside of a wrapper, by channel, by more than 31 uneven steps, or were never calibrated
 */
export function bakeModel(model: LayersModel): LayersModel {
  const made = new Map<Layer, Layer>();
  const inputs = model.inputs.map(({ shape, dtype, sourceLayer: { name } }) =>
    input({ batchShape: [...shape], dtype, name }),
  );
  const outputs = walk<SymbolicTensor>(model, inputs, (layer, path, [first, ...rest]) => {
    check(layer, path);
    const slots = partsOf(layer).slots;
    const slot = slots?.get('quantizer') ?? slots?.get('inputQuantizer');
    const x = slot ? bakedSteps(slot, placeOf(layer, path), first!, PARTS) : first!;
    const className = layer.getClassName();
    if (className === 'QuantActivation') return [x];
    if (SHIFTS.has(className)) return [bakedShift(layer, x, PARTS)];
    const values = rest.length > 0 ? [x, ...rest] : x;
    const known = made.get(layer);
    if (known) return [known.apply(values)].flat() as SymbolicTensor[];
    const stock = stockLayer(...stockConfig(layer, path));
    made.set(layer, stock);
    const results = [stock.apply(values)].flat() as SymbolicTensor[];
    tf.tidy(() => stock.setWeights(bakedWeights(layer)));
    return results;
  });
  return functional({ inputs, outputs, name: model.name });
}

const PARTS: Baking = {
  apply(className, config, x, weights) {
    const layer = stockLayer(className, config);
    const result = layer.apply(x) as SymbolicTensor;
    if (weights) layer.setWeights(weights);
    return result;
  },
};

/** @throws LowbitError a layer that stock layers cannot take the place of */
function check(layer: Layer, path: string): void {
  const className = layer.getClassName();
  const [stockName] = stockConfig(layer, path);
  const known = STOCK_NAMES.has(stockName) || SHIFTS.has(className) || className === 'QuantActivation';
  const scaling = partsOf(layer).slots?.get('inputQuantizer')?.current().outputScale;
  const what = !known
    ? 'a layer that no stock layers make up'
    : scaling
      ? "a result that is scaled by XNOR-Net's K"
      : quantizesInside(layer)
        ? 'activations that are quantized inside of a wrapper'
        : undefined;
  if (what)
    throw new LowbitError('unsupported', {
      what,
      where: placeOf(layer, path),
      hint: 'lower the model to a graph instead',
    });
}

function placeOf(layer: Layer, path: string): string {
  return `layer '${path}' (${layer.getClassName()})`;
}
