import { serialization } from '@tensorflow/tfjs-core';
import { QuantActivation, type QuantActivationArgs } from './quant-activation.js';
import { quantizedLayer, type KernelQuantizers } from './quantized-layer.js';
import { Conv2D } from './conv2d.js';
import { Dense, DepthwiseConv2D, type Conv2dArgs, type DenseArgs, type DepthwiseConv2dArgs } from './stock.js';

const kernel = { option: 'kernelQuantizer', weight: 'kernel', field: 'kernel' };

/** `tf.layers.conv2d` with a quantized kernel. */
export class QuantConv2D extends quantizedLayer<Conv2dArgs, KernelQuantizers>(Conv2D, {
  weights: [{ ...kernel, channelAxis: 3 }],
  kindOf: ({ kernelSize }) => (kernelSize.every((size) => size === 1) ? 'pointwise' : 'conv'),
}) {
  static readonly className: string = 'QuantConv2D';
}

/** `tf.layers.dense` with a quantized kernel. */
export class QuantDense extends quantizedLayer<DenseArgs, KernelQuantizers>(Dense, {
  weights: [{ ...kernel, channelAxis: 1 }],
  kindOf: () => 'dense',
}) {
  static readonly className: string = 'QuantDense';
}

/** `tf.layers.depthwiseConv2d` with a quantized kernel; a channel of its kernel is one of the input. */
export class QuantDepthwiseConv2D extends quantizedLayer<DepthwiseConv2dArgs, KernelQuantizers>(DepthwiseConv2D, {
  weights: [{ option: 'kernelQuantizer', weight: 'depthwise_kernel', field: 'depthwiseKernel', channelAxis: 2 }],
  kindOf: () => 'depthwise',
}) {
  static readonly className: string = 'QuantDepthwiseConv2D';
}

for (const layer of [QuantConv2D, QuantDense, QuantDepthwiseConv2D, QuantActivation]) {
  serialization.registerClass(layer as unknown as serialization.SerializableConstructor<serialization.Serializable>);
}

/**
 * A convolution whose kernel is quantized in the forward pass and float underneath.
 *
 * `quantConv2d({ filters: 64, kernelSize: 1, useBias: false, kernelQuantizer: dorefaWeights({ bits: 1 }) })`
 *
 * @throws LowbitError an unknown quantizer or bad options of one
 */
export function quantConv2d(args: Conv2dArgs & KernelQuantizers): QuantConv2D {
  return new QuantConv2D(args);
}

/** A dense layer whose kernel is quantized in the forward pass and float underneath. Throws as {@link quantConv2d}. */
export function quantDense(args: DenseArgs & KernelQuantizers): QuantDense {
  return new QuantDense(args);
}

/** A depthwise convolution whose kernel is quantized in the forward pass. Throws as {@link quantConv2d}. */
export function quantDepthwiseConv2d(args: DepthwiseConv2dArgs & KernelQuantizers): QuantDepthwiseConv2D {
  return new QuantDepthwiseConv2D(args);
}

/** A layer that quantizes what it is given, such as `clip(x, 0, 1)` to 4 bits. Throws as {@link quantConv2d}. */
export function quantActivation(args: QuantActivationArgs): QuantActivation {
  return new QuantActivation(args);
}
