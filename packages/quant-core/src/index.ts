export { plugin as default } from './plugin.js';
export { quantizeK } from './dorefa/quantize-k.js';
export { dorefaActivations, type DorefaActivationOptions } from './dorefa/activations.js';
export { dorefaGradients, quantizeBackward, type DorefaGradientOptions } from './dorefa/gradients.js';
export { dorefaWeights, type DorefaWeightOptions } from './dorefa/weights.js';
export {
  lqNetsActivations,
  lqNetsWeights,
  type LqNetsActivationOptions,
  type LqNetsWeightOptions,
} from './families/lq-nets.js';
export { lsqActivations, lsqWeights, type LsqOptions } from './families/lsq.js';
export { pactActivations, type PactActivationOptions } from './families/pact-activations.js';
export { qilActivations, qilWeights, type QilActivationOptions, type QilWeightOptions } from './families/qil.js';
export {
  uniformActivations,
  uniformWeights,
  type UniformActivationOptions,
  type UniformWeightOptions,
} from './families/uniform.js';
export type { Calibration } from './calibration/range.js';
export type { Rounding } from './families/uniform-grid.js';
export { binaryConnectWeights, type BinaryConnectOptions } from './families/binary-connect.js';
export { bwnWeights, type BwnOptions } from './families/bwn.js';
export { inqWeights, type InqOptions } from './families/inq.js';
export { kmeansWeights, type KmeansOptions } from './families/kmeans.js';
export { lloydMaxWeights, type LloydMaxOptions } from './families/lloyd-max.js';
export { pactWeights, type PactWeightOptions } from './families/pact-weights.js';
export { sawbPlusWeights, sawbWeights, type SawbOptions } from './families/sawb.js';
export { signActivations, type SignOptions } from './families/sign.js';
export { ttqWeights, type TtqOptions } from './families/ttq.js';
export { twnWeights, type TwnOptions } from './families/twn.js';
export { xnorActivations, type XnorActivationOptions } from './families/xnor-activations.js';
export { xnorWeights, type XnorWeightOptions } from './families/xnor.js';
export { decode, disposeEncoded } from './encoded.js';
export { scopedQuantizer, scopedSeed, withPrecision, withSeed, type PrecisionPolicy, type Site } from './scope.js';
export { drawPrecision, type Choice } from './draw-precision.js';
export { notifyObservers, withObserver, type Application, type Observer } from './observe.js';
export { storageBits } from './bits.js';
export { isQuantizer, quantizerSpec, resolveQuantizer, useRegistry, type QuantizerOrSpec } from './resolve.js';
export {
  quantActivation,
  quantConv2d,
  quantDense,
  quantDepthwiseConv2d,
  QuantConv2D,
  QuantDense,
  QuantDepthwiseConv2D,
} from './layers/quant-layers.js';
export {
  quantConv1d,
  quantConv2dTranspose,
  quantConv3d,
  quantSeparableConv2d,
  QuantConv1D,
  QuantConv2DTranspose,
  QuantConv3D,
  QuantSeparableConv2D,
  type SeparableQuantizers,
} from './layers/quant-convolutions.js';
export { quantAttention, QuantAttention, type AttentionQuantizers } from './layers/quant-attention.js';
export type { AttentionArgs, AttentionSizes, Operand } from './layers/attention.js';
export { quantFoldedConv2d, QuantFoldedConv2D } from './layers/quant-folded-conv2d.js';
export { FoldedConv2D, type ConvolutionMoments, type FoldedConv2dArgs } from './layers/folded-conv2d.js';
export { quantEmbedding, QuantEmbedding, type EmbeddingQuantizers } from './layers/quant-embedding.js';
export {
  quantGru,
  quantLstm,
  quantSimpleRnn,
  QuantGRU,
  QuantLSTM,
  QuantSimpleRNN,
  type RecurrentQuantizers,
} from './layers/quant-recurrent.js';
export { withFusion, type TakesConvolution, type TakesNorm } from './layers/fusion.js';
export type { Conv2dArgs, StockLayer } from './layers/stock.js';
export { Conv2D, conv2d } from './layers/conv2d.js';
export { Lstm, lstm } from './layers/lstm.js';
export { lstmCell, type GateActivation } from './layers/lstm-cell.js';
export { Relu, relu } from './layers/relu.js';
export { BatchNorm, batchNorm, batchNormTraining } from './layers/batch-norm.js';
export { QuantActivation, type QuantActivationArgs } from './layers/quant-activation.js';
export {
  isStateName,
  QuantizerSlot,
  type AddWeight,
  type SlotOptions,
  type WeightConstraint,
} from './layers/quantizer-slot.js';
export {
  quantizedLayer,
  type CommonQuantizers,
  type KernelQuantizers,
  type QuantizableOperand,
  type QuantizableWeight,
  type QuantizedConstructor,
  type QuantizedLayer,
  type QuantizedParts,
  type StockConstructor,
} from './layers/quantized-layer.js';
export { placedLayers, type Placed } from './walk.js';
export {
  quantizedLayers,
  quantizerStates,
  learningRateScales,
  weightConstraints,
  type PlacedLayer,
} from './layers/placed.js';
export { quantizeModel } from './quantize-model/quantize-model.js';
export { policySchema, type Policy, type PolicyRule, type Position } from './quantize-model/policy.js';
export { TARGET_KINDS, type TargetKind } from './quantize-model/targets.js';
export {
  quantizerOf,
  type Family,
  type FamilyContext,
  type FamilyState,
  type Gradients,
  type Tensors,
} from './family.js';
export { blocksOf, type Blocks } from './blocks.js';
export { meanCalibrator, nothingObserved } from './calibrators.js';
export {
  informationDensity,
  kilokibibytes,
  mebibytes,
  modelSize,
  type ModelSize,
  type SizeOptions,
  type SizeRow,
} from './size.js';
