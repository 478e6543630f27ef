import type { Quantizer } from '@lowbit/plugin-api';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';

type Layer = InstanceType<typeof layers.Layer>;

/** A 1×1 convolution of stride 1 whose gradient is left to the batch normalization after it. */
export interface PendingConvolution {
  /** [n, h, w, channels] */
  readonly input: Tensor4D;
  /** [1, 1, channels, filters] */
  readonly filter: Tensor4D;
  /** Of the convolution's result, [filters] each: mean and biased variance. */
  readonly statistics: readonly [mean: Tensor1D, variance: Tensor1D];
}

/** A batch normalization in training that is left to the layer after it. */
export interface PendingNorm {
  /** [..., channels] */
  readonly x: Tensor;
  /** What x was made of, if its gradient is left to the normalization. */
  readonly convolution?: PendingConvolution;
  readonly gamma: Tensor1D;
  readonly beta: Tensor1D;
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
  readonly epsilon: number;
}

/** A layer that can do the work of a batch normalization before its own. */
export interface TakesNorm {
  takesNorm(): boolean;
}

/** A layer that can do the backward work of a convolution before its own. */
export interface TakesConvolution {
  takesConvolution(): boolean;
}

// Of the innermost `withFusion`: each layer whose output nobody but one other layer sees, and that.
const scopes: ReadonlyMap<Layer, Layer>[] = [];
const pending = new WeakMap<Tensor, PendingNorm>();
const convolutions = new WeakMap<Tensor, PendingConvolution>();
const takers = new WeakMap<Quantizer, (norm: PendingNorm) => Tensor>();

/**
 * Runs `forward`, in which `model` is applied, with less memory passed over, where the backend has kernels for it: a batch
 * normalization whose one consumer is an activation that can take it over is computed there, and the gradient of a 1×1 convolution is
 * computed with that of the normalization that is its one consumer. The results are the same, those of the first kind bit for bit.
 * Only for an application of the whole model: what it feeds into such an activation is not normalized yet.
 */
export function withFusion<T>(model: LayersModel, forward: () => T): T {
  const depth = scopes.push(onlyConsumers(model));
  try {
    return forward();
  } finally {
    scopes.length = depth - 1;
  }
}

const known = new WeakMap<LayersModel, ReadonlyMap<Layer, Layer>>();

function onlyConsumers(model: LayersModel): ReadonlyMap<Layer, Layer> {
  let found = known.get(model);
  if (!found) {
    const outputs = new Set(model.outputLayers);
    const pairs = model.layers.flatMap((layer): [Layer, Layer][] => {
      const consumers = layer.outboundNodes.map(({ outboundLayer }) => outboundLayer);
      return consumers.length === 1 && !outputs.has(layer) ? [[layer, consumers[0]!]] : [];
    });
    known.set(model, (found = new Map(pairs)));
  }
  return found;
}

/** Whether the layer after this normalization computes it, in the scope around. */
export function isTaken(layer: Layer): boolean {
  return (scopes.at(-1)?.get(layer) as Partial<TakesNorm> | undefined)?.takesNorm?.() === true;
}

/** Whether the layer after this convolution computes its gradient, in the scope around. */
export function isConvolutionTaken(layer: Layer): boolean {
  return (scopes.at(-1)?.get(layer) as Partial<TakesConvolution> | undefined)?.takesConvolution?.() === true;
}

/** Marks the result of a convolution whose gradient is left to the layer after it. */
export function leaveConvolution(result: Tensor, convolution: PendingConvolution): void {
  convolutions.set(result, convolution);
}

/** The convolution that this is the result of, where its gradient was left to be done. */
export function leftConvolution(result: Tensor): PendingConvolution | undefined {
  return convolutions.get(result);
}

/** Marks the stand-in that a normalization gives where it {@link isTaken}. */
export function leave(standIn: Tensor, norm: PendingNorm): void {
  pending.set(standIn, norm);
}

/** What was left to be done on this tensor. */
export function left(tensor: Tensor): PendingNorm | undefined {
  return pending.get(tensor);
}

/** Says that `quantize` does what the quantizer does, to a normalization that was left to it. */
export function fuses(quantizer: Quantizer, quantize: (norm: PendingNorm) => Tensor): void {
  takers.set(quantizer, quantize);
}

/** What {@link fuses} said of the quantizer. */
export function fused(quantizer: Quantizer): ((norm: PendingNorm) => Tensor) | undefined {
  return takers.get(quantizer);
}
