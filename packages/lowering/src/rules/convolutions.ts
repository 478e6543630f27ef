import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { quantizeValue } from '../activations.js';
import type { LoweredValue } from '../draft.js';
import { epilogue, followedBy, times, type ExactEpilogue } from '../epilogue.js';
import { layerInput } from '../float-inputs.js';
import { partsOf, valuesOf, type Layer } from '../layer.js';
import type { LayerScope } from '../scope.js';
import { lowerWeights, type LoweredWeights } from '../weights.js';
import { applyFunction } from './function.js';
import { outputScale } from './output-scale.js';
import type { Rule } from './rule.js';
import { checkLayout, windowOf } from './window.js';

/** A convolution along one axis or two; kernel [(height,) width, channels, filters]. */
export const convolution: Rule = (layer, [value], scope) => {
  const { kernel } = partsOf(layer);
  const x = quantizedInput(scope, layer, value!);
  const shape = imageKernel(kernel);
  const weights = lowerWeights(kernel, slotOf(layer, 'kernelQuantizer'), kernel.shape.length - 1, shape);
  const convolved = convolve(scope, layer, x, weights, { part: 'kernel', epilogue: biasOf(layer) });
  return finished(scope, layer, value!, convolved);
};

/** A convolution with a batch normalization in its kernel and bias: bias β − γ·μ/σ, in the float32 steps in which the layer takes them. */
export const foldedConvolution: Rule = (layer, [value], scope) => {
  const { foldedKernel, gamma, beta, movingMean, movingVariance } = partsOf(layer);
  const { epsilon } = layer.getConfig() as unknown as { epsilon: number };
  const x = quantizedInput(scope, layer, value!);
  const weights = lowerWeights(foldedKernel, slotOf(layer, 'kernelQuantizer'), 3);
  const [factor, offset, mean, variance] = [gamma!, beta!, movingMean, movingVariance].map(valuesOf) as Float64Array[];
  const bias = offset!.map((each, i) => each - (factor![i]! * mean![i]!) / Math.sqrt(variance![i]! + epsilon));
  const convolved = convolve(scope, layer, x, weights, { part: 'kernel', epilogue: epilogue({ bias }) });
  return finished(scope, layer, value!, convolved);
};

/** Each channel by itself; kernel [height, width, channels, multiplier]. */
export const depthwise: Rule = (layer, [value], scope) => {
  const x = quantizedInput(scope, layer, value!);
  const weights = depthwiseWeights(layer, 'kernelQuantizer');
  const convolved = convolve(scope, layer, x, weights, {
    part: 'kernel',
    groups: x.shape.at(-1),
    epilogue: biasOf(layer),
  });
  return finished(scope, layer, value!, convolved);
};

/** A depthwise convolution and a pointwise one. */
export const separable: Rule = (layer, [value], scope) => {
  const x = quantizedInput(scope, layer, value!);
  const each = depthwiseWeights(layer, 'depthwiseQuantizer');
  const between = convolve(scope, layer, x, each, { part: 'depthwise', groups: x.shape.at(-1), name: 'depthwise' });
  const weights = lowerWeights(partsOf(layer).pointwiseKernel, slotOf(layer, 'pointwiseQuantizer'), 3);
  const convolved = pointwise(scope, between, weights, { part: 'pointwise', epilogue: biasOf(layer) });
  return finished(scope, layer, value!, convolved);
};

/** The transposed convolution; kernel [height, width, filters, channels]. */
export const transposedConvolution: Rule = (layer, [value], scope) => {
  checkLayout(scope, layer);
  const { kernel, strides, padding } = partsOf(layer);
  const weights = lowerWeights(kernel, slotOf(layer, 'kernelQuantizer'), 2);
  const x = layerInput(scope, quantizedInput(scope, layer, value!), weights.parameter);
  const [height, width] = scope.outputShape as [number, number];
  const zeros = [height, width].map((size, axis) => {
    const missing = (x.shape[axis]! - 1) * strides[axis]! + kernel.shape[axis]! - size;
    return padding === 'same' ? Math.max(missing, 0) : 0;
  });
  const [top, left] = zeros.map((count) => Math.floor(count / 2)) as [number, number];
  const convolved = scope.add(
    'convTranspose2d',
    [x],
    {
      kernel: scope.parameter('kernel', () => weights.parameter),
      strides: [strides[0]!, strides[1]!],
      pads: [top, left, zeros[0]! - top, zeros[1]! - left],
      outputShape: [height, width],
    },
    { shape: scope.outputShape },
    { epilogue: followedBy(sumScale(x, weights), biasOf(layer)) },
  );
  return finished(scope, layer, value!, convolved);
};

/** Products over the last axis. */
export const dense: Rule = (layer, [value], scope) => {
  const { kernel } = partsOf(layer);
  const x = quantizedInput(scope, layer, value!);
  const weights = lowerWeights(kernel, slotOf(layer, 'kernelQuantizer'), 1);
  const product = multiply(scope, x, weights, { part: 'kernel', epilogue: biasOf(layer) });
  return finished(scope, layer, value!, product);
};

/** How a product is named, and what comes after it. */
export interface ProductOptions {
  /** The name of the parameter. */
  readonly part: string;
  /** The name of the node in its layer; the layer's unless given. */
  readonly name?: string;
  readonly epilogue?: ExactEpilogue;
}

/** x · w over the last axis, the scales of both multiplied in. */
export function multiply(
  scope: LayerScope,
  value: LoweredValue,
  weights: LoweredWeights,
  options: ProductOptions,
): LoweredValue {
  const x = layerInput(scope, value, weights.parameter);
  const units = weights.parameter.shape[1]!;
  return scope.add(
    'dense',
    [x],
    { kernel: scope.parameter(options.part, () => weights.parameter) },
    { shape: x.shape.with(-1, units) },
    { part: options.name, epilogue: followedBy(sumScale(x, weights), options.epilogue ?? epilogue({})) },
  );
}

/** What a sum of products is multiplied by: the scales of weights and of codes. */
function sumScale(x: LoweredValue, { scale }: LoweredWeights): ExactEpilogue {
  return epilogue({ scale: times(scale, Float64Array.of(levelScale(x))) });
}

/** What codes that count as their integers are multiplied by; 1 of real numbers, and of codes that count as their values. */
export function levelScale({ type }: LoweredValue): number {
  return type !== 'float32' && 'integers' in type ? type.scale : 1;
}

/** What an `inputQuantizer` makes of a layer's input. */
export function quantizedInput(scope: LayerScope, layer: Layer, value: LoweredValue): LoweredValue {
  const slot = slotOf(layer, 'inputQuantizer');
  return slot ? quantizeValue(scope, value, slot, 'input') : value;
}

export function slotOf(layer: Layer, option: string) {
  return partsOf(layer).slots?.get(option);
}

function biasOf(layer: Layer): ExactEpilogue {
  const { bias } = partsOf(layer);
  return epilogue(bias ? { bias: valuesOf(bias) } : {});
}

interface ConvolveOptions extends ProductOptions {
  readonly groups?: number;
}

function convolve(
  scope: LayerScope,
  layer: Layer,
  value: LoweredValue,
  weights: LoweredWeights,
  options: ConvolveOptions,
): LoweredValue {
  const { part, groups = 1, name } = options;
  const x = layerInput(scope, value, weights.parameter);
  const { shape } = weights.parameter;
  const { strides, dilations, pads, places } = windowOf(scope, layer, x, shape.slice(3 - x.shape.length, -2));
  return scope.add(
    'conv2d',
    [x],
    { kernel: scope.parameter(part, () => weights.parameter), strides, dilations, pads, groups },
    { shape: [...places, shape[3]!] },
    { part: name, epilogue: followedBy(sumScale(x, weights), options.epilogue ?? epilogue({})) },
  );
}

function pointwise(
  scope: LayerScope,
  value: LoweredValue,
  weights: LoweredWeights,
  { part, epilogue: after }: ProductOptions,
): LoweredValue {
  const x = layerInput(scope, value, weights.parameter);
  return scope.add(
    'conv2d',
    [x],
    {
      kernel: scope.parameter(part, () => weights.parameter),
      strides: [1, 1],
      dilations: [1, 1],
      pads: [0, 0, 0, 0],
      groups: 1,
    },
    { shape: x.shape.with(-1, weights.parameter.shape[3]!) },
    { epilogue: followedBy(sumScale(x, weights), after ?? epilogue({})) },
  );
}

/** [height, width, channels, multiplier] as the kernel of a convolution in groups, [height, width, 1, channels · multiplier]. */
function depthwiseWeights(layer: Layer, option: string): LoweredWeights {
  const { depthwiseKernel: kernel } = partsOf(layer);
  const [height, width, channels, multiplier] = kernel.shape as [number, number, number, number];
  const { parameter, scale } = lowerWeights(kernel, slotOf(layer, option), 2, [
    height,
    width,
    1,
    channels * multiplier,
  ]);
  if (scale.length === 1) return { parameter, scale };
  return {
    parameter,
    scale: Float64Array.from({ length: channels * multiplier }, (_, i) => scale[Math.floor(i / multiplier)]!),
  };
}

/** The shape of a kernel with its height, which that of a convolution along one axis does not have. */
function imageKernel({ shape }: LayerVariable): number[] {
  return (shape.length === 3 ? [1, ...shape] : shape) as number[];
}

/** What comes after the sums: the layer's function, and the scale that a quantizer of the input asks for. */
function finished(scope: LayerScope, layer: Layer, input: LoweredValue, value: LoweredValue): LoweredValue {
  const result = applyFunction(scope, value, partsOf(layer).activation, 'activation');
  return outputScale(scope, layer, input, result);
}
