import { serialization } from '@tensorflow/tfjs-core';
import { quantizedLayer, type CommonQuantizers, type KernelQuantizers } from './quantized-layer.js';
import {
  Conv1D,
  Conv2DTranspose,
  Conv3D,
  SeparableConv2D,
  type Conv1dArgs,
  type Conv2dTransposeArgs,
  type Conv3dArgs,
  type SeparableConv2dArgs,
  type StockLayer,
} from './stock.js';
import type { QuantizerOrSpec } from '../resolve.js';

const kernel = { option: 'kernelQuantizer', weight: 'kernel', field: 'kernel' };
const kindOf = ({ kernelSize }: StockLayer) => (kernelSize.every((size) => size === 1) ? 'pointwise' : 'conv');

/** `tf.layers.conv1d` with a quantized kernel [width, in, out]. */
export class QuantConv1D extends quantizedLayer<Conv1dArgs, KernelQuantizers>(Conv1D, {
  weights: [{ ...kernel, channelAxis: 2 }],
  kindOf,
}) {
  static readonly className: string = 'QuantConv1D';
}

/** `tf.layers.conv3d` with a quantized kernel [depth, height, width, in, out]. */
export class QuantConv3D extends quantizedLayer<Conv3dArgs, KernelQuantizers>(Conv3D, {
  weights: [{ ...kernel, channelAxis: 4 }],
  kindOf,
}) {
  static readonly className: string = 'QuantConv3D';
}

/** `tf.layers.conv2dTranspose` with a quantized kernel, whose output channels come before the input's: [height, width, out, in]. */
export class QuantConv2DTranspose extends quantizedLayer<Conv2dTransposeArgs, KernelQuantizers>(Conv2DTranspose, {
  weights: [{ ...kernel, channelAxis: 2 }],
  kindOf,
}) {
  static readonly className: string = 'QuantConv2DTranspose';
}

/** What a separable convolution takes besides the options of its stock layer. */
export interface SeparableQuantizers extends CommonQuantizers {
  /** Quantizes the depthwise kernel [height, width, in, multiplier]; a channel of it is one of the input. */
  readonly depthwiseQuantizer?: QuantizerOrSpec;
  /** Quantizes the pointwise kernel [1, 1, in · multiplier, out]. */
  readonly pointwiseQuantizer?: QuantizerOrSpec;
}

/** `tf.layers.separableConv2d` with quantized kernels. */
export class QuantSeparableConv2D extends quantizedLayer<SeparableConv2dArgs, SeparableQuantizers>(SeparableConv2D, {
  weights: [
    {
      option: 'depthwiseQuantizer',
      weight: 'depthwise_kernel',
      field: 'depthwiseKernel',
      channelAxis: 2,
      kind: 'depthwise',
    },
    { option: 'pointwiseQuantizer', weight: 'pointwise_kernel', field: 'pointwiseKernel', channelAxis: 3 },
  ],
  kindOf: () => 'pointwise',
}) {
  static readonly className: string = 'QuantSeparableConv2D';

  // the stock layer forgets it, and cannot load what it saved with another than 1
  override getConfig(): serialization.ConfigDict {
    const { depthMultiplier } = this as unknown as { depthMultiplier: number };
    return { ...super.getConfig(), depthMultiplier };
  }
}

for (const layer of [QuantConv1D, QuantConv3D, QuantConv2DTranspose, QuantSeparableConv2D]) {
  serialization.registerClass(layer as unknown as serialization.SerializableConstructor<serialization.Serializable>);
}

/**
 * A convolution along one axis whose kernel is quantized in the forward pass and float underneath.
 *
 * @throws LowbitError an unknown quantizer or bad options of one
 */
export function quantConv1d(args: Conv1dArgs & KernelQuantizers): QuantConv1D {
  return new QuantConv1D(args);
}

/** A convolution along three axes whose kernel is quantized in the forward pass. Throws as {@link quantConv1d}. */
export function quantConv3d(args: Conv3dArgs & KernelQuantizers): QuantConv3D {
  return new QuantConv3D(args);
}

/** A transposed convolution whose kernel is quantized in the forward pass. Throws as {@link quantConv1d}. */
export function quantConv2dTranspose(args: Conv2dTransposeArgs & KernelQuantizers): QuantConv2DTranspose {
  return new QuantConv2DTranspose(args);
}

/** A depthwise convolution and a pointwise one, each with a quantizer of its own. Throws as {@link quantConv1d}. */
export function quantSeparableConv2d(args: SeparableConv2dArgs & SeparableQuantizers): QuantSeparableConv2D {
  return new QuantSeparableConv2D(args);
}
