import { quantizeValue } from '../activations.js';
import { epilogue } from '../epilogue.js';
import { partsOf, valuesOf, type Layer } from '../layer.js';
import { applyFunction, softmax } from './function.js';
import type { Rule } from './rule.js';

/** What does nothing after training: dropout, noise. */
export const identity: Rule = (_layer, [value]) => value!;

export const activation: Rule = (layer, [value], scope) => applyFunction(scope, value!, partsOf(layer).activation);

/** A quantizer of its own. */
export const quantActivation: Rule = (layer, [value], scope) =>
  quantizeValue(scope, value!, partsOf(layer).slots!.get('quantizer')!);

export const relu: Rule = (layer, [value], scope) => {
  const { maxValue } = layer as Layer & { readonly maxValue?: number | null };
  if (maxValue == null) return scope.unary(value!, 'relu');
  if (maxValue === 6) return scope.unary(value!, 'relu6');
  const x = scope.real(value!);
  return scope.add('clip', [x], { min: 0, max: maxValue }, { shape: x.shape, range: [0, maxValue] });
};

/** max(x, α·x), for α up to 1. */
export const leakyRelu: Rule = (layer, [value], scope) => {
  const { alpha } = layer as Layer & { readonly alpha: number };
  if (alpha > 1) throw scope.refuse('a slope above 1', 'take an alpha of at most 1', alpha);
  return scope.pair('maximum', value!, scope.affine(value!, epilogue({ scale: [alpha] }), 'slope'));
};

export const elu: Rule = (layer, [value], scope) => {
  const { alpha } = layer as Layer & { readonly alpha: number };
  if (alpha !== 1) throw scope.refuse('another alpha than 1', 'take alpha 1', alpha);
  return scope.unary(value!, 'elu');
};

export const softmaxLayer: Rule = (layer, [value], scope) => {
  const { axis = -1 } = partsOf(layer);
  if (axis !== -1 && axis !== value!.shape.length)
    throw scope.refuse('a softmax over another axis than the last', 'permute the axes', axis);
  return softmax(scope, value!);
};

/** x · γ/σ + (β − μ·γ/σ) in each channel of the last axis. */
export const batchNormalization: Rule = (layer, [value], scope) => {
  const { axis, epsilon, gamma, beta, movingMean, movingVariance } = partsOf(layer);
  if (axis !== -1 && axis !== value!.shape.length) {
    throw scope.refuse(
      'a normalization over another axis than the last',
      'build the model with its channels last',
      axis,
    );
  }
  const factor = gamma && valuesOf(gamma);
  const scale = valuesOf(movingVariance).map((variance, i) => (factor?.[i] ?? 1) / Math.sqrt(variance + epsilon));
  const offset = beta && valuesOf(beta);
  const bias = valuesOf(movingMean).map((mean, i) => (offset?.[i] ?? 0) - mean * scale[i]!);
  return scope.affine(value!, epilogue({ scale, bias }));
};

export const layerNormalization: Rule = (layer, [value], scope) => {
  const { axis, epsilon, gamma, beta } = partsOf(layer);
  const x = scope.real(value!);
  const { shape } = x;
  if ([axis].flat().some((each) => each !== -1 && each !== shape.length)) {
    throw scope.refuse('a normalization over other axes than the last', 'permute or reshape the value', axis);
  }
  return scope.add(
    'layerNorm',
    [x],
    {
      epsilon,
      ...(gamma && { gamma: scope.floats('gamma', [shape.at(-1)!], () => valuesOf(gamma)) }),
      ...(beta && { beta: scope.floats('beta', [shape.at(-1)!], () => valuesOf(beta)) }),
    },
    { shape },
  );
};
