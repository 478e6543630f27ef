import type { Quantizer } from '@lowbit/plugin-api';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';

type Layer = InstanceType<typeof layers.Layer>;

/** A batch normalization in training that is left to the layer after it. */
export interface PendingNorm {
  /** [..., channels] */
  readonly x: Tensor;
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

// Of the innermost `withFusion`: each normalization, and the layer that may take it.
const scopes: ReadonlyMap<Layer, TakesNorm>[] = [];
const pending = new WeakMap<Tensor, PendingNorm>();
const takers = new WeakMap<Quantizer, (norm: PendingNorm) => Tensor>();

/**
 * Runs `forward`, in which `model` is applied, with each batch normalization whose one consumer is an activation that can take it
 * over computed there: one pass over memory forwards and one backwards instead of two, where the backend has a kernel for it. The
 * results are the same bits. Only for an application of the whole model: what it feeds into such an activation is not normalized yet.
 */
export function withFusion<T>(model: LayersModel, forward: () => T): T {
  const depth = scopes.push(fusible(model));
  try {
    return forward();
  } finally {
    scopes.length = depth - 1;
  }
}

const known = new WeakMap<LayersModel, ReadonlyMap<Layer, TakesNorm>>();

function fusible(model: LayersModel): ReadonlyMap<Layer, TakesNorm> {
  let found = known.get(model);
  if (!found) {
    const outputs = new Set(model.outputLayers);
    const pairs = model.layers.flatMap((layer): [Layer, TakesNorm][] => {
      const consumers = layer.outboundNodes.map(({ outboundLayer }) => outboundLayer);
      const [consumer] = consumers;
      return consumers.length === 1 && takesNorm(consumer!) && !outputs.has(layer) ? [[layer, consumer]] : [];
    });
    known.set(model, (found = new Map(pairs)));
  }
  return found;
}

function takesNorm(layer: Layer): layer is Layer & TakesNorm {
  return typeof (layer as Partial<TakesNorm>).takesNorm === 'function';
}

/** Whether the layer after this normalization computes it, in the scope around. */
export function isTaken(layer: Layer): boolean {
  return scopes.at(-1)?.get(layer)?.takesNorm() === true;
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
