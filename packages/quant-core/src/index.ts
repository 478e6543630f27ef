export { plugin as default } from './plugin.js';
export { quantizeK } from './dorefa/quantize-k.js';
export { dorefaActivations, type DorefaActivationOptions } from './dorefa/activations.js';
export { dorefaGradients, quantizeBackward, type DorefaGradientOptions } from './dorefa/gradients.js';
export { dorefaWeights, type DorefaWeightOptions } from './dorefa/weights.js';
export { decode, disposeEncoded } from './encoded.js';
export { scopedQuantizer, scopedSeed, withPrecision, withSeed, type PrecisionPolicy, type Site } from './scope.js';
export { quantizerSpec, resolveQuantizer, useRegistry, type QuantizerOrSpec } from './resolve.js';
export {
  quantActivation,
  quantConv2d,
  quantDense,
  quantDepthwiseConv2d,
  QuantConv2D,
  QuantDense,
  QuantDepthwiseConv2D,
} from './layers/quant-layers.js';
export { withFusion, type TakesConvolution, type TakesNorm } from './layers/fusion.js';
export { Conv2D, conv2d } from './layers/conv2d.js';
export { Relu, relu } from './layers/relu.js';
export { BatchNorm, batchNorm, batchNormTraining } from './layers/batch-norm.js';
export { QuantActivation, type QuantActivationArgs } from './layers/quant-activation.js';
export { QuantizerSlot, type AddWeight } from './layers/quantizer-slot.js';
export type { KernelQuantizers, QuantizedLayer } from './layers/quantized-kernel.js';
export {
  informationDensity,
  kilokibibytes,
  learningRateScales,
  mebibytes,
  modelSize,
  type ModelSize,
  type SizeOptions,
  type SizeRow,
} from './size.js';
