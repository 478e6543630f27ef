import { FoldedConv2D, placedLayers, type ConvolutionMoments } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { eachBatch, type Batches } from './batches.js';
import { infer, withCalls } from './forward.js';

type Layer = LayersModel['layers'][number];

/** What keeps statistics: a batch normalization, or a convolution with one folded into it. */
interface Normalizing extends Layer {
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
}

interface BatchNormalization extends Normalizing {
  readonly axis: number;
}

/** Σ n, Σ n·μ and Σ n·(σ² + μ²) over batches, by channel. */
interface Moments {
  count: number;
  sum: tf.Tensor;
  squares: tf.Tensor;
}

/**
 * Takes the statistics of a model's batch normalizations anew, with its other layers as they are at inference, quantizers included. Each
 * normalization works by the batch's own statistics while it is measured; what it keeps are the mean and the (biased) variance of all
 * that it has seen: μ = Σ n·μ_b / Σ n, σ² = Σ n·(σ_b² + μ_b²) / Σ n − μ². Wu & Johnson, "Rethinking 'Batch' in BatchNorm", 2021, §3.
 *
 * Of a `quantFoldedConv2d` they are those of x ∗ W with the kernel as it is trained, as in its training. It is folded by the new ones
 * from then on; the state of its quantizer stays.
 *
 * @param batches passed over once; the larger they are, the nearer to what training saw
 * @returns the paths of the normalizations and folded convolutions
 * @throws LowbitError ('data') no batch, or one of another shape; the statistics are then as they were
 */
export async function reestimateBatchNorm(model: LayersModel, batches: Batches): Promise<string[]> {
  const placed = placedLayers(model).filter(
    ({ inner }) => inner.getClassName() === 'BatchNormalization' || inner instanceof FoldedConv2D,
  );
  const normalizing = placed.map(({ inner }) => inner as Normalizing);
  const norms = normalizing.filter((layer) => !(layer instanceof FoldedConv2D)) as BatchNormalization[];
  const found = new Map<Layer, Moments>();
  const before = normalizing.map(({ movingMean, movingVariance }) =>
    [movingMean, movingVariance].map((weight) => tf.clone(weight.read())),
  );
  let seen = false;
  try {
    await eachBatch(model, batches, 'reestimateBatchNorm', (x) =>
      withCalls(
        norms,
        (norm, call) => (inputs, kwargs) => {
          tf.tidy(() => add(found, norm, momentsOf(norm, [inputs].flat()[0]!)));
          return call(inputs, { ...kwargs, training: true });
        },
        () => measuringFolded(normalizing, found, () => infer(model, x)),
      ),
    );
    seen = true;
  } finally {
    normalizing.forEach((norm, i) => tf.tidy(() => write(norm, (seen && population(found.get(norm))) || before[i]!)));
    tf.dispose(before);
    tf.dispose([...found.values()].flatMap(({ sum, squares }) => [sum, squares]));
  }
  return placed.filter(({ inner }) => found.has(inner)).map(({ path }) => path);
}

function measuringFolded(layers: readonly Layer[], found: Map<Layer, Moments>, body: () => void): void {
  const folded = layers.filter((layer) => layer instanceof FoldedConv2D);
  folded.reduce((inner, layer) => () => layer.measuring((moments) => add(found, layer, moments), inner), body)();
}

function momentsOf(norm: BatchNormalization, x: tf.Tensor): ConvolutionMoments {
  const axis = norm.axis < 0 ? norm.axis + x.rank : norm.axis;
  const axes = x.shape.map((_, i) => i).filter((i) => i !== axis);
  return { ...tf.moments(x, axes), count: x.size / x.shape[axis]! };
}

function add(found: Map<Layer, Moments>, norm: Layer, { mean, variance, count }: ConvolutionMoments): void {
  const known = found.get(norm);
  const [sum, squares] = tf.tidy(() => {
    const added = [tf.mul(mean, count), tf.mul(tf.add(variance, tf.square(mean)), count)];
    return added.map((value, i) => tf.keep(known ? tf.add(value, i === 0 ? known.sum : known.squares) : value));
  }) as [tf.Tensor, tf.Tensor];
  if (known) tf.dispose([known.sum, known.squares]);
  found.set(norm, { count: count + (known?.count ?? 0), sum, squares });
}

function population(moments: Moments | undefined): tf.Tensor[] | undefined {
  if (!moments) return undefined;
  const mean = tf.div(moments.sum, moments.count);
  // a channel that is constant has a variance of 0, which the subtraction of large numbers may miss
  return [mean, tf.relu(tf.sub(tf.div(moments.squares, moments.count), tf.square(mean)))];
}

function write({ movingMean, movingVariance }: Normalizing, [mean, variance]: tf.Tensor[]): void {
  movingMean.write(mean!);
  movingVariance.write(variance!);
}
