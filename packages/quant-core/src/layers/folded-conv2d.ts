import { LowbitError } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable } from '@tensorflow/tfjs-layers';
import type { AddWeight } from './quantizer-slot.js';
import { Conv2D as StockConv2D, type Conv2dArgs } from './stock.js';

/** Options of a convolution with a batch normalization folded into it: those of `tf.layers.conv2d` but for its bias, which is β − γ·μ/σ. */
export type FoldedConv2dArgs = Omit<Conv2dArgs, 'useBias'> & {
  /** How much of the moving statistics a training step keeps; 0.99 unless given. */
  readonly momentum?: number;
  /** ε, added to variances; 0.001 unless given. */
  readonly epsilon?: number;
  /** 'moving' freezes the statistics, as late in a training; 'batch' unless given. */
  readonly statistics?: 'batch' | 'moving';
};

/** Mean and biased variance of each channel of a convolution's result, before it is normalized, over `count` values. */
export interface ConvolutionMoments {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  readonly count: number;
}

/** A convolution whose kernel is folded by γ/σ of the batch normalization behind it. See `quantFoldedConv2d`. */
export class FoldedConv2D extends StockConv2D {
  gamma!: LayerVariable;
  beta!: LayerVariable;
  movingMean!: LayerVariable;
  movingVariance!: LayerVariable;
  /** Reads as the folded kernel, W·γ/σ by the moving statistics. */
  foldedKernel!: LayerVariable;
  private readonly norm: { momentum: number; epsilon: number; statistics: 'batch' | 'moving' };
  #look?: (moments: ConvolutionMoments) => void;

  constructor({ momentum = 0.99, epsilon = 1e-3, statistics = 'batch', ...args }: FoldedConv2dArgs) {
    super({ ...args, useBias: false });
    this.norm = { momentum, epsilon, statistics };
    if (this.dataFormat === 'channelsLast') return;
    throw new LowbitError('config', {
      what: 'a folded convolution has its channels last',
      where: `layer '${this.name}'`,
      received: this.dataFormat,
    });
  }

  override build(inputShape: Parameters<InstanceType<typeof StockConv2D>['build']>[0]): void {
    super.build(inputShape);
    const add: AddWeight = (...args) => this.addWeight(...args);
    const filters = [this.kernel.shape[3]!];
    const constant = (name: string, value: number, trainable: boolean) =>
      add(name, filters, 'float32', initializers.constant({ value }), undefined, trainable);
    this.gamma = constant('gamma', 1, true);
    this.beta = constant('beta', 0, true);
    this.movingMean = constant('moving_mean', 0, false);
    this.movingVariance = constant('moving_variance', 1, false);
    const read = () => tf.tidy(() => tf.mul(this.kernel.read(), tf.div(this.gamma.read(), this.#deviation())));
    this.foldedKernel = Object.create(this.kernel, { read: { value: read } }) as LayerVariable;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
      const convolved = this.#convolve(x, this.foldedKernel.read());
      const look =
        this.#look ??
        (kwargs?.['training'] === true && this.norm.statistics === 'batch' && ((moments) => this.#move(moments)));
      const normalized = look
        ? this.#byBatch(x, convolved, look)
        : tf.add(convolved, this.#bias(this.movingMean.read(), this.#deviation()));
      return (this.activation as { apply(x: tf.Tensor): tf.Tensor } | null)?.apply(normalized) ?? normalized;
    });
  }

  /**
   * Runs `body`, in which every call normalizes by its batch's own statistics, whether in training or not, and shows them to `look`; the
   * moving ones stay as they are.
   */
  measuring<T>(look: (moments: ConvolutionMoments) => void, body: () => T): T {
    const before = this.#look;
    this.#look = look;
    try {
      return body();
    } finally {
      this.#look = before;
    }
  }

  /** The result corrected from the moving statistics, by which the kernel was folded, to those of the batch. */
  #byBatch(x: tf.Tensor4D, convolved: tf.Tensor, look: (moments: ConvolutionMoments) => void): tf.Tensor {
    const before = this.#deviation();
    const raw = this.#convolve(x, this.kernel.read());
    const { mean, variance } = tf.moments(raw, [0, 1, 2]);
    const deviation = tf.sqrt(tf.add(variance, this.norm.epsilon));
    look({ mean, variance, count: raw.size / raw.shape[3]! });
    return tf.add(tf.mul(convolved, tf.div(before, deviation)), this.#bias(mean, deviation));
  }

  #move({ mean, variance }: ConvolutionMoments): void {
    const { momentum } = this.norm;
    for (const [moving, value] of [
      [this.movingMean, mean],
      [this.movingVariance, variance],
    ] as const) {
      moving.write(tf.add(tf.mul(moving.read(), momentum), tf.mul(value, 1 - momentum)));
    }
  }

  #convolve(x: tf.Tensor4D, kernel: tf.Tensor): tf.Tensor {
    return tf.conv2d(x, kernel as tf.Tensor4D, this.strides, this.padding, 'NHWC', this.dilationRate);
  }

  /** β − γ·μ/σ */
  #bias(mean: tf.Tensor, deviation: tf.Tensor): tf.Tensor {
    return tf.sub(this.beta.read(), tf.div(tf.mul(this.gamma.read(), mean), deviation));
  }

  #deviation(): tf.Tensor {
    return tf.sqrt(tf.add(this.movingVariance.read(), this.norm.epsilon));
  }

  override getConfig() {
    const { useBias: _, ...config } = super.getConfig();
    return { ...config, ...this.norm };
  }
}
