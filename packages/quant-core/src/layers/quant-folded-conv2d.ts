import { serialization } from '@tensorflow/tfjs-core';
import { FoldedConv2D, type FoldedConv2dArgs } from './folded-conv2d.js';
import { quantizedLayer, type KernelQuantizers, type StockConstructor } from './quantized-layer.js';

/** A convolution and its batch normalization in one, with the folded kernel quantized. */
export class QuantFoldedConv2D extends quantizedLayer<FoldedConv2dArgs, KernelQuantizers>(
  FoldedConv2D as unknown as StockConstructor<FoldedConv2dArgs>,
  {
    weights: [{ option: 'kernelQuantizer', weight: 'kernel', field: 'foldedKernel', channelAxis: 3 }],
    kindOf: ({ kernelSize }) => (kernelSize.every((size) => size === 1) ? 'pointwise' : 'conv'),
  },
) {
  static readonly className: string = 'QuantFoldedConv2D';
}

serialization.registerClass(
  QuantFoldedConv2D as unknown as serialization.SerializableConstructor<serialization.Serializable>,
);

/**
 * A convolution with the batch normalization behind it folded into its kernel before the kernel is quantized, so that training sees the
 * very weights that are deployed: ŷ = x ∗ q(W·γ/σ) + β − γ·μ/σ, σ = √(variance + ε).
 *
 * At inference μ and σ are the moving statistics (Jacob et al., CVPR 2018, eq. 14). In training they are the batch's, but the kernel is
 * folded, and quantized, by the moving ones, whose jitter is less, and the result is corrected by σ/σ_B of the batch: Krishnamoorthi,
 * "Quantizing deep convolutional networks for efficient inference", 2018, §3.2.2 and fig. 8; Jacob et al. fold by the batch's alone.
 * Freezing the statistics, as Krishnamoorthi does late in a training, is `statistics: 'moving'`. The gradient flows through the
 * batch's statistics, as that of batch normalization does: at float the layer is a convolution with a normalization behind it. Where
 * weights may be after an update (a quantizer's `constrain`) applies to W.
 *
 * @throws LowbitError an unknown quantizer or bad options of one; channels that come first
 */
export function quantFoldedConv2d(args: FoldedConv2dArgs & KernelQuantizers): QuantFoldedConv2D {
  return new QuantFoldedConv2D(args);
}
