import { LowbitError, parseOptions, type Granularity, type Precision, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { precisionSchema } from '../bits.js';
import type { Blocks } from '../blocks.js';
import { quantizerOf, type Tensors } from '../family.js';
import { fitBlocks } from '../fit/blocks.js';
import { distributionOf } from '../fit/distribution.js';
import { kMeans } from '../fit/k-means.js';
import { granularitySchema } from '../granularity.js';
import { boundariesBelow } from '../lookup.js';
import { forWeights } from './role.js';

/** Options of {@link kmeansWeights}. */
export interface KmeansOptions {
  /** 2^bits centres; 'float' leaves the weights as they are. */
  readonly bits: Precision;
  /** What shares one code book; the whole tensor unless given. */
  readonly granularity?: Granularity;
  /**
   * Where the centres start: evenly over the range ('linear', the default), in the middle of equal shares of the weights ('density'),
   * or at weights drawn from the seed ('random').
   */
  readonly initial?: 'linear' | 'density' | 'random';
  /** Keeps a code for weights that are exactly 0, which a pruned network has: 2^bits − 1 centres of the others. False unless given. */
  readonly zero?: boolean;
  /**
   * 'fixed' (the default): a weight stays in its cluster, and only the centres are trained. 'nearest': each forward pass gives it to the
   * nearest centre, and the gradient passes to the weights, too.
   */
  readonly assignment?: 'fixed' | 'nearest';
  /** Multiplies the stage's learning rate for the centres; 1 unless given. */
  readonly learningRateScale?: number;
}

const schema = z.strictObject({
  bits: precisionSchema.describe('1 to 8, or "float"'),
  granularity: granularitySchema.optional(),
  initial: z.enum(['linear', 'density', 'random']).optional().describe('where the centres start'),
  zero: z.boolean().optional().describe('a code for weights that are exactly 0'),
  assignment: z.enum(['fixed', 'nearest']).optional().describe('whether weights may change clusters'),
  learningRateScale: z.number().nonnegative().optional().describe("multiplies the stage's rate for the centres"),
});

/**
 * Weight sharing by k-means (Deep Compression): each weight is the centre of its cluster. The gradient of a centre is the sum of its
 * members'. Centres start as the k-means of the weights on a line, an empty cluster keeping its centre.
 *
 * With the clusters fixed the weights themselves have no gradient; what else moves them (weight decay) would move them between
 * clusters. At fewer bits than it was made for every so-many-th centre in ascending order remains, at more there are no more; the
 * clusters are then those of the nearest centre.
 *
 * Han et al., ICLR 2016, §3.
 *
 * @throws LowbitError bits other than 1 to 8 or 'float'; zero at 1 bit; an unknown or bad option
 */
export function kmeansWeights(options: KmeansOptions): Quantizer {
  const checked = parseOptions(schema, options, "quantizer 'kmeans'");
  const { granularity = 'tensor', initial = 'linear', zero = false, assignment = 'fixed' } = checked;
  const { bits, learningRateScale = 1 } = checked;
  return kmeans({ bits, granularity, initial, zero, assignment, learningRateScale }, bits);
}

function kmeans(options: Required<KmeansOptions>, madeFor: Precision): Quantizer {
  const { bits, granularity, initial, zero, assignment, learningRateScale } = options;
  if (zero && bits === 1) {
    throw new LowbitError('config', {
      what: 'one bit with a code for zero leaves one centre',
      where: "quantizer 'kmeans'",
      received: bits,
      hint: 'give it 2 to 8 bits, or leave out zero',
    });
  }
  const centresAt = (precision: Precision) => 2 ** (precision === 'float' ? 8 : precision) - (zero ? 1 : 0);
  const made = centresAt(madeFor);
  const used = Math.min(centresAt(bits), made);
  const keepsClusters = assignment === 'fixed' && used === made;
  const picked = Array.from({ length: used }, (_, i) => Math.floor(((i + 0.5) * made) / used));
  return quantizerOf({
    name: 'kmeans',
    bits,
    granularity,
    state: [
      { name: 'centres', initial: 1, trainable: true, within: [made], learningRateScale },
      ...(assignment === 'fixed' ? [{ name: 'boundaries', initial: 1, trainable: false, within: [made - 1] }] : []),
    ],
    parameters: (_x, { centres, boundaries }): Tensors => {
      if (keepsClusters) return { centres: centres!, boundaries: boundaries! };
      const { sorted, order } = ascending(centres!);
      const remaining = used === made ? sorted : tf.gather(sorted, picked, sorted.rank - 1);
      return { centres: remaining, boundaries: middles(remaining), order };
    },
    codes(x, { boundaries }) {
      const cluster = boundariesBelow(x, boundaries!);
      return zero ? tf.mul(tf.add(cluster, 1), tf.step(tf.abs(x))) : cluster;
    },
    levels({ centres }) {
      if (!zero) return centres!;
      return tf.concat([tf.zeros([...centres!.shape.slice(0, -1), 1]), centres!], -1);
    },
    backward(dy, x, { centres, boundaries, order }, { blocks }) {
      const cluster = boundariesBelow(x, boundaries!);
      const counted = zero ? tf.mul(dy, tf.step(tf.abs(x))) : dy;
      const sums = sumsOfClusters(counted, cluster, used, blocks);
      const ofCentres = keepsClusters ? sums : unsorted(spread(sums, picked, made), order!);
      const dx = assignment === 'nearest' ? dy : tf.zerosLike(dy);
      return { x: dx, centres: tf.reshape(ofCentres, [...centres!.shape.slice(0, -1), made]) };
    },
    fit(x, { blocks, seed = 0 }): Tensors {
      const draws = initial === 'random' ? tf.randomUniform([made], 0, 1, 'float32', seed).dataSync() : [];
      const centres = fitBlocks(x, blocks, (values) => {
        const members = zero ? values.filter((value) => value !== 0) : values;
        return kMeans(distributionOf(members), made, initial, draws);
      });
      return assignment === 'fixed' ? { centres, boundaries: middles(centres) } : { centres };
    },
    withBits: (other) => kmeans({ ...options, bits: other }, madeFor),
    getConfig: () => ({ bits, granularity, initial, zero, assignment, learningRateScale }),
  });
}

/** Centres in ascending order, and the place that each had. */
function ascending(centres: tf.Tensor): { sorted: tf.Tensor; order: tf.Tensor } {
  const { values, indices } = tf.topk(tf.neg(centres), centres.shape.at(-1)!);
  return { sorted: tf.neg(values), order: indices };
}

/** Half-way between neighbours, along the last axis. */
function middles(centres: tf.Tensor): tf.Tensor {
  const between = centres.shape.at(-1)! - 1;
  const halves = tf.div(tf.reshape(centres, [-1, between + 1]), 2);
  const [lower, upper] = [tf.slice(halves, [0, 0], [-1, between]), tf.slice(halves, [0, 1], [-1, between])];
  return tf.reshape(tf.add(lower, upper), centres.shape.with(-1, between));
}

/** Σ dy of each cluster of each block: [blocks, clusters]. */
function sumsOfClusters(dy: tf.Tensor, cluster: tf.Tensor, clusters: number, { shape }: Blocks): tf.Tensor {
  const blocks = tf.util.sizeFromShape([...shape]);
  const first = tf.reshape(tf.range(0, blocks * clusters, clusters, 'int32'), [...shape]);
  const place = tf.reshape(tf.add(tf.cast(cluster, 'int32'), first), [-1]) as tf.Tensor1D;
  const sums = tf.bincount(place, tf.reshape(dy, [-1]) as tf.Tensor1D, blocks * clusters);
  return tf.reshape(sums, [blocks, clusters]);
}

/** Sums of the centres that are used, at their places among all; 0 for the others. */
function spread(sums: tf.Tensor, picked: readonly number[], made: number): tf.Tensor {
  if (picked.length === made) return sums;
  return tf.matMul(sums as tf.Tensor2D, tf.oneHot([...picked], made, 1, 0, 'float32') as tf.Tensor2D);
}

/** Undoes {@link ascending}: [blocks, centres]. */
function unsorted(sums: tf.Tensor, order: tf.Tensor): tf.Tensor {
  const places = tf.cast(tf.reshape(order, sums.shape), 'float32');
  const back = tf.topk(tf.neg(places), sums.shape[1]!).indices;
  return tf.gather(sums, back, 1, 1);
}

/** `{ quantizer: 'kmeans', bits }` for weights. */
export const kmeansFactory = forWeights('kmeans', schema, kmeansWeights);
