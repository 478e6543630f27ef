import type { Tensor } from '@tensorflow/tfjs-core';
import { layers, type LayerVariable, type SymbolicTensor } from '@tensorflow/tfjs-layers';

type Layer = InstanceType<typeof layers.Layer>;

/** The stock layer's inside that a quantized one relies on; TF.js declares it, but does not export its class. */
export interface StockLayer extends Layer {
  kernel: LayerVariable;
  depthwiseKernel: LayerVariable;
  kernelSize: number[];
  strides: [number, number];
  dilationRate: [number, number];
  padding: 'same' | 'valid';
  dataFormat: string;
  activation: { getClassName(): string } | null;
  bias: LayerVariable | null;
  /** Of an RNN: the layer that has its weights. */
  cell: StockLayer;
  apply(inputs: Tensor | Tensor[] | SymbolicTensor | SymbolicTensor[], kwargs?: object): never;
}

type StockClass<Args> = { new (args: Args): StockLayer; readonly className: string };

// tfjs-layers exports factories and not classes, so the classes are taken from an instance of each. To extend them is what
// keeps every option of the stock layers (padding, data formats, constraints, regularizers) working here.
function classOf<Args>(instance: unknown): StockClass<Args> {
  return Object.getPrototypeOf(instance).constructor as StockClass<Args>;
}

/** Options of `tf.layers.conv2d`. */
export type Conv2dArgs = Parameters<typeof layers.conv2d>[0];
export type DenseArgs = Parameters<typeof layers.dense>[0];
export type DepthwiseConv2dArgs = Parameters<typeof layers.depthwiseConv2d>[0];

export type Conv1dArgs = Parameters<typeof layers.conv1d>[0];
export type Conv3dArgs = Parameters<typeof layers.conv3d>[0];
export type Conv2dTransposeArgs = Parameters<typeof layers.conv2dTranspose>[0];
export type SeparableConv2dArgs = Parameters<typeof layers.separableConv2d>[0];
export type EmbeddingArgs = Parameters<typeof layers.embedding>[0];
export type LstmArgs = Parameters<typeof layers.lstm>[0];
export type LstmCellArgs = Parameters<typeof layers.lstmCell>[0];
export type GruArgs = Parameters<typeof layers.gru>[0];
export type SimpleRnnArgs = Parameters<typeof layers.simpleRNN>[0];

export type BatchNormArgs = NonNullable<Parameters<typeof layers.batchNormalization>[0]>;

/** The inside of the stock batch normalization that ours relies on. */
export interface StockBatchNorm extends Layer {
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly gamma: LayerVariable | null;
  readonly beta: LayerVariable | null;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
}

export const BatchNormalization = classOf<BatchNormArgs>(
  layers.batchNormalization({ name: 'stock-batch-norm' }),
) as unknown as new (args: BatchNormArgs) => StockBatchNorm;

export type ReluArgs = NonNullable<Parameters<typeof layers.reLU>[0]>;

/** The inside of the stock ReLU that ours relies on. */
export interface StockRelu extends Layer {
  readonly maxValue?: number | null;
}

export const ReLU = classOf<ReluArgs>(layers.reLU({ name: 'stock-relu' })) as unknown as new (
  args: ReluArgs,
) => StockRelu;

export const Conv2D = classOf<Conv2dArgs>(layers.conv2d({ filters: 1, kernelSize: 1, name: 'stock-conv2d' }));
export const Dense = classOf<DenseArgs>(layers.dense({ units: 1, name: 'stock-dense' }));
export const DepthwiseConv2D = classOf<DepthwiseConv2dArgs>(
  layers.depthwiseConv2d({ kernelSize: 1, name: 'stock-depthwise-conv2d' }),
);
export const Conv1D = classOf<Conv1dArgs>(layers.conv1d({ filters: 1, kernelSize: 1, name: 'stock-conv1d' }));
export const Conv3D = classOf<Conv3dArgs>(layers.conv3d({ filters: 1, kernelSize: 1, name: 'stock-conv3d' }));
export const Conv2DTranspose = classOf<Conv2dTransposeArgs>(
  layers.conv2dTranspose({ filters: 1, kernelSize: 1, name: 'stock-conv2d-transpose' }),
);
export const SeparableConv2D = classOf<SeparableConv2dArgs>(
  layers.separableConv2d({ filters: 1, kernelSize: 1, name: 'stock-separable-conv2d' }),
);
export const Embedding = classOf<EmbeddingArgs>(
  layers.embedding({ inputDim: 1, outputDim: 1, name: 'stock-embedding' }),
);
export const LSTM = classOf<LstmArgs>(layers.lstm({ units: 1, name: 'stock-lstm' }));

/** The inside of the stock LSTM's cell that ours relies on. */
export interface StockLstmCell extends StockLayer {
  readonly recurrentKernel: LayerVariable;
  readonly recurrentActivation: { getClassName(): string };
  readonly dropout: number;
  readonly recurrentDropout: number;
}

export const LSTMCell = classOf<LstmCellArgs>(
  layers.lstmCell({ units: 1, name: 'stock-lstm-cell' }),
) as unknown as new (args: LstmCellArgs) => StockLstmCell;
export const GRU = classOf<GruArgs>(layers.gru({ units: 1, name: 'stock-gru' }));
export const SimpleRNN = classOf<SimpleRnnArgs>(layers.simpleRNN({ units: 1, name: 'stock-simple-rnn' }));
