import * as tf from '@tensorflow/tfjs-core';
import { hasPointwise, PointwiseStatistics, run } from '../kernels.js';
import { isConvolutionTaken, leaveConvolution } from './fusion.js';
import { Conv2D as StockConv2D, type Conv2dArgs } from './stock.js';

/**
 * `tf.layers.conv2d` that computes no gradient which nobody asks for, such as that of a model's input, and that, inside of
 * `withFusion`, leaves the gradient of a 1×1 convolution of stride 1 to the batch normalization after it.
 *
 * It is saved under the stock layer's name, so that any TF.js program loads a model that has it.
 */
export class Conv2D extends StockConv2D {
  static override readonly className: string = 'Conv2D';
  /** What a quantized layer does to the gradient of its result. */
  declare readonly gradientSlot?: object;

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[] {
    if (!this.#isPlain()) return super.call(inputs, kwargs);
    const input = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
    const filter = this.kernel.read() as tf.Tensor4D;
    // the stock layer's op computes both gradients always, this one those that are asked for
    const convolve = () => tf.conv2d(input, filter, this.strides, this.padding, 'NHWC', this.dilationRate);
    const isLeft = kwargs?.['training'] === true && this.#leavesGradient() && hasPointwise(input, filter);
    if (!isLeft) return convolve();
    const [result, ...statistics] = run<tf.Tensor[]>(PointwiseStatistics, { input, filter });
    leaveConvolution(result!, { input, filter, statistics: statistics as [tf.Tensor1D, tf.Tensor1D] });
    return result!;
  }

  #isPlain(): boolean {
    const { dataFormat, bias, activation } = this;
    return dataFormat === 'channelsLast' && !bias && (activation?.getClassName() ?? 'linear') === 'linear';
  }

  /** Whether the layer after this one computes its gradient, in the scope around. */
  #leavesGradient(): boolean {
    return !this.gradientSlot && this.strides.every((stride) => stride === 1) && isConvolutionTaken(this);
  }
}

/** A convolution; the options of `tf.layers.conv2d`. */
export function conv2d(args: Conv2dArgs): Conv2D {
  return new Conv2D(args);
}
