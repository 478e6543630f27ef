import { placedLayers } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { eachBatch, type Batches } from './batches.js';
import { infer, withCalls } from './forward.js';

type Layer = LayersModel['layers'][number];

interface BatchNormalization extends Layer {
  readonly axis: number;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
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
 * @param batches passed over once; the larger they are, the nearer to what training saw
 * @returns the paths of the normalizations
 * @throws LowbitError ('data') no batch, or one of another shape; the statistics are then as they were
 */
export async function reestimateBatchNorm(model: LayersModel, batches: Batches): Promise<string[]> {
  const placed = placedLayers(model).filter(({ inner }) => inner.getClassName() === 'BatchNormalization');
  const norms = placed.map(({ inner }) => inner as BatchNormalization);
  const found = new Map<BatchNormalization, Moments>();
  const before = norms.map(({ movingMean, movingVariance }) =>
    [movingMean, movingVariance].map((weight) => tf.clone(weight.read())),
  );
  let seen = false;
  try {
    await eachBatch(model, batches, 'reestimateBatchNorm', (x) =>
      withCalls(
        norms,
        (norm, call) => (inputs, kwargs) => {
          add(found, norm, [inputs].flat()[0]!);
          return call(inputs, { ...kwargs, training: true });
        },
        () => infer(model, x),
      ),
    );
    seen = true;
  } finally {
    norms.forEach((norm, i) => tf.tidy(() => write(norm, (seen && population(found.get(norm))) || before[i]!)));
    tf.dispose(before);
    tf.dispose([...found.values()].flatMap(({ sum, squares }) => [sum, squares]));
  }
  return placed.filter(({ inner }) => found.has(inner as BatchNormalization)).map(({ path }) => path);
}

function add(found: Map<BatchNormalization, Moments>, norm: BatchNormalization, x: tf.Tensor): void {
  const known = found.get(norm);
  const axis = norm.axis < 0 ? norm.axis + x.rank : norm.axis;
  const count = x.size / x.shape[axis]!;
  const [sum, squares] = tf.tidy(() => {
    const { mean, variance } = tf.moments(
      x,
      x.shape.map((_, i) => i).filter((i) => i !== axis),
    );
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

function write({ movingMean, movingVariance }: BatchNormalization, [mean, variance]: tf.Tensor[]): void {
  movingMean.write(mean!);
  movingVariance.write(variance!);
}
