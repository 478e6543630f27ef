import * as tf from '@tensorflow/tfjs-core';
import { BatchNormStatistics, hasKernels, run } from '../kernels.js';
import { isNative } from '../native.js';
import { normalize } from '../normalize.js';
import { isTaken, leave, leftConvolution, type TakesConvolution } from './fusion.js';
import { nativeBatchNorm } from './native-norm.js';
import { BatchNormalization, type BatchNormArgs } from './stock.js';

/**
 * `tf.layers.batchNormalization` whose training step has its gradient in closed form: a third of the passes over memory that
 * TF.js's composition takes, on every backend. Normalizations over another axis than the last run as the stock layer does.
 *
 * It is saved under the stock layer's name, so that any TF.js program loads a model that has it.
 */
export class BatchNorm extends BatchNormalization implements TakesConvolution {
  static readonly className = 'BatchNormalization';

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[] {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const last = this.axis === -1 || this.axis === x.rank - 1;
    if (kwargs?.['training'] !== true || !last || !this.gamma || !this.beta) return super.call(inputs, kwargs);
    const [gamma, beta] = [this.gamma.read(), this.beta.read()] as [tf.Tensor1D, tf.Tensor1D];
    if (hasKernels(x)) return this.#byKernels(x, gamma, beta);
    return tf.tidy(() => {
      const { y, mean, variance } = batchNormTraining(x, gamma, beta, this.epsilon);
      this.#move(mean, variance);
      return y;
    });
  }

  /** Whether the layer has what the gradient of a convolution before it is computed with. */
  takesConvolution(): boolean {
    return (this.axis === -1 || this.axis === 3) && this.gamma !== null && this.beta !== null;
  }

  /** The result, or a stand-in for what the layer after this one computes; the statistics live as long as the model's intermediate results. */
  #byKernels(x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D): tf.Tensor {
    const convolution = leftConvolution(x);
    const [mean, variance] = convolution?.statistics ?? statistics(x, []);
    tf.tidy(() => this.#move(mean, variance));
    const norm = { x, gamma, beta, mean, variance, epsilon: this.epsilon, convolution };
    if (!isTaken(this)) return normalize(norm);
    const standIn = tf.clone(x);
    leave(standIn, norm);
    return standIn;
  }

  #move(mean: tf.Tensor1D, variance: tf.Tensor1D): void {
    for (const [moving, value] of [
      [this.movingMean, mean],
      [this.movingVariance, variance],
    ] as const) {
      const before = moving.read();
      moving.write(tf.sub(before, tf.mul(tf.sub(before, value), 1 - this.momentum)));
    }
  }
}

/**
 * Batch normalization by the batch's own statistics: y = γ·(x − μ)/√(σ² + ε) + β, with the biased variance. Ioffe & Szegedy,
 * 2015. No gradient flows through the returned mean and variance.
 *
 * @param x [..., channels], float32
 * @param gamma γ, [channels]
 * @param beta β, [channels]
 * @param epsilon ε
 */
export function batchNormTraining(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): { y: tf.Tensor; mean: tf.Tensor1D; variance: tf.Tensor1D } {
  if (isNative(x)) return nativeBatchNorm(x, gamma, beta, epsilon);
  const axes = x.shape.map((_, i) => i).slice(0, -1);
  const [mean, variance] = statistics(x, axes);
  if (hasKernels(x)) return { y: normalize({ x, gamma, beta, mean, variance, epsilon }), mean, variance };
  const op = tf.customGrad((...args) => {
    const [input, scale, offset, save] = args as unknown as [tf.Tensor, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    save([input, scale, mean, variance]);
    const value = tf.batchNorm(input, mean, variance, offset, scale, epsilon);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradients(dy, saved as never, axes, epsilon) };
  });
  return { y: op(x, gamma, beta), mean, variance };
}

function statistics(x: tf.Tensor, axes: number[]): [tf.Tensor1D, tf.Tensor1D] {
  if (hasKernels(x)) return run<tf.Tensor[]>(BatchNormStatistics, { x }) as [tf.Tensor1D, tf.Tensor1D];
  return tf.tidy(() => {
    const mean = tf.mean(x, axes) as tf.Tensor1D;
    return [mean, tf.mean(tf.square(tf.sub(x, mean)), axes) as tf.Tensor1D];
  });
}

/**
 * With r = 1/√(σ² + ε) and N values a channel: dβ = Σ dy, dγ = r·Σ dy·(x − μ),
 * dx = γr·dy − γr³·(x − μ)·Σ dy·(x − μ)/N − γr·dβ/N.
 */
function gradients(
  dy: tf.Tensor,
  [x, gamma, mean, variance]: [tf.Tensor, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D],
  axes: number[],
  epsilon: number,
): tf.Tensor[] {
  return tf.tidy(() => {
    const count = x.size / mean.size;
    const zero = tf.zerosLike(mean);
    const rsqrt = tf.rsqrt(tf.add(variance, epsilon));
    const centred = affine(x, mean, tf.onesLike(mean), zero);
    const dBeta = tf.sum(dy, axes) as tf.Tensor1D;
    const products = tf.sum(tf.mul(dy, centred), axes) as tf.Tensor1D;
    const slope = tf.mul(gamma, rsqrt) as tf.Tensor1D;
    const bend = tf.mul(tf.mul(slope, tf.square(rsqrt)), tf.div(products, -count)) as tf.Tensor1D;
    const shift = tf.mul(slope, tf.div(dBeta, -count)) as tf.Tensor1D;
    const dx = tf.add(affine(dy, zero, slope, shift), affine(centred, zero, bend, zero));
    return [dx, tf.mul(rsqrt, products), dBeta];
  });
}

/** (x − mean)·scale + offset by channel, as one pass of the batch-norm kernel. */
function affine(x: tf.Tensor, mean: tf.Tensor1D, scale: tf.Tensor1D, offset: tf.Tensor1D): tf.Tensor {
  return tf.batchNorm(x, mean, tf.onesLike(mean), offset, scale, 0);
}

/** A layer that normalizes over its last axis; the options of `tf.layers.batchNormalization`. */
export function batchNorm(args: BatchNormArgs = {}): BatchNorm {
  return new BatchNorm(args);
}
