import { LowbitError } from '@lowbit/plugin-api';
import { FoldedConv2D, placedLayers, quantizedLayers, type PlacedLayer } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { eachBatch, type Batches } from './batches.js';
import { infer, withCalls, type Call } from './forward.js';

type Layer = LayersModel['layers'][number];

/** What quantization does to one layer, as ratios of signal to noise in dB: 10·log10(Σ float² / Σ (float − quantized)²). */
export interface LayerError {
  /** The layer's path. */
  readonly layer: string;
  /** Of its output, in the whole quantized model: what the layers before it add is in it. Infinity where there is no error. */
  readonly output: number;
  /** Of its weights that have quantizers, by name. */
  readonly weights: Readonly<Record<string, number>>;
}

/**
 * The error that quantization makes in each quantized layer, the largest (of the output) first.
 *
 * @param float the model that `quantized` was made of: the same layers at the same paths
 * @param batches passed over once
 * @throws LowbitError ('data') no batch, or one of another shape; ('usage') models of other layers
 */
export async function layerErrors(float: LayersModel, quantized: LayersModel, batches: Batches): Promise<LayerError[]> {
  const pairs = pairLayers(float, quantized);
  const sums = new Map(pairs.map(({ path }) => [path, new Sums()]));
  await eachBatch(quantized, batches, 'layerErrors', (x) => {
    const outputs = outputsOf(float, pairs, x);
    try {
      withCalls(
        pairs.map(({ layer }) => layer),
        (layer, call) => {
          const { path } = pairs.find((pair) => pair.layer === layer)!;
          return tapped(call, (output) => sums.get(path)!.add(outputs.get(path)!.shift()!, output));
        },
        () => infer(quantized, x),
      );
    } finally {
      tf.dispose([...outputs.values()]);
    }
  });
  return pairs
    .map((pair) => ({ layer: pair.path, output: sums.get(pair.path)!.decibels(), weights: weightErrors(pair) }))
    .sort((a, b) => (a.output === b.output ? 0 : a.output - b.output));
}

interface Pair extends PlacedLayer {
  /** The same layer of the float model. */
  readonly float: Layer;
}

/** The layers that quantize, beside those of the float model. @throws LowbitError ('usage') models of other layers */
export function pairLayers(float: LayersModel, quantized: LayersModel): Pair[] {
  const known = new Map(placedLayers(float).map(({ path, inner }) => [path, inner]));
  const quantizing = quantizedLayers(quantized).filter(({ layer }) =>
    [...layer.slots.values()].some((slot) => slot.current().bits !== 'float'),
  );
  return quantizing.map(({ path, layer }) => {
    const twin = known.get(path);
    if (twin) return { path, layer, float: twin };
    throw new LowbitError('usage', {
      what: 'the float model has no layer of this path',
      where: `layer '${path}' of model '${quantized.name}'`,
      hint: 'compare the two models that quantizeModel was given and gave',
    });
  });
}

/** What each layer of the float model puts out, in the order of its calls; the caller disposes of them. */
function outputsOf(float: LayersModel, pairs: readonly Pair[], x: tf.Tensor | tf.Tensor[]): Map<string, tf.Tensor[]> {
  const outputs = new Map<string, tf.Tensor[]>(pairs.map(({ path }) => [path, []]));
  withCalls(
    pairs.map((pair) => pair.float),
    (layer, call) => {
      const { path } = pairs.find((pair) => pair.float === layer)!;
      return tapped(call, (output) => void outputs.get(path)!.push(tf.keep(tf.clone(output))));
    },
    () => infer(float, x),
  );
  return outputs;
}

function tapped(call: Call, tap: (output: tf.Tensor) => void): Call {
  return (inputs, kwargs) => {
    const result = call(inputs, kwargs);
    tap([result].flat()[0]!);
    return result;
  };
}

/** Sums of squares over several batches. */
class Sums {
  #signal = 0;
  #noise = 0;

  /** Disposes of `expected`. */
  add(expected: tf.Tensor, actual: tf.Tensor): void {
    const [signal, noise] = tf.tidy(() =>
      tf.stack([tf.sum(tf.square(expected)), tf.sum(tf.squaredDifference(expected, actual))]).dataSync(),
    );
    expected.dispose();
    this.#signal += signal!;
    this.#noise += noise!;
  }

  decibels(): number {
    return this.#noise === 0 ? Infinity : 10 * Math.log10(this.#signal / this.#noise);
  }
}

function weightErrors({ layer, float }: Pair): Record<string, number> {
  const quantized = layer.quantizedWeights();
  const entries = Object.entries(quantized).flatMap(([name, value]) => {
    const weight =
      float instanceof FoldedConv2D && name === 'kernel'
        ? float.foldedKernel
        : float.weights.find(({ originalName }) => originalName.endsWith(`/${name}`));
    if (!weight || weight.shape.join() !== value.shape.join()) return [];
    const sums = new Sums();
    sums.add(
      tf.tidy(() => tf.clone(weight.read())),
      value,
    );
    return [[name, sums.decibels()] as const];
  });
  tf.dispose(quantized);
  return Object.fromEntries(entries);
}
