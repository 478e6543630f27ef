import { attention } from './attention.js';
import { convolution, dense, depthwise, foldedConvolution, separable, transposedConvolution } from './convolutions.js';
import {
  activation,
  batchNormalization,
  elu,
  identity,
  layerNormalization,
  leakyRelu,
  quantActivation,
  relu,
  softmaxLayer,
} from './elementwise.js';
import { embedding } from './embedding.js';
import { add, average, concatenate, maximum, minimum, multiply, subtract } from './merge.js';
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './pooling.js';
import { bidirectional, recurrent } from './recurrent.js';
import type { Rule } from './rule.js';
import { cropping, permute, repeatVector, reshape, zeroPadding } from './shapes.js';
import { activeShift, wholeShift } from './shifts.js';
import { timeDistributed } from './wrappers.js';

/** The rules by the layers' class names; our own layers and the stock ones. */
export const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    Conv1D: convolution,
    Conv2D: convolution,
    QuantConv1D: convolution,
    QuantConv2D: convolution,
    QuantFoldedConv2D: foldedConvolution,
    DepthwiseConv2D: depthwise,
    QuantDepthwiseConv2D: depthwise,
    SeparableConv2D: separable,
    QuantSeparableConv2D: separable,
    Conv2DTranspose: transposedConvolution,
    QuantConv2DTranspose: transposedConvolution,
    Dense: dense,
    QuantDense: dense,

    ActiveShift2D: activeShift,
    SparseShift2D: wholeShift,
    GroupedShift2D: wholeShift,

    QuantActivation: quantActivation,
    Activation: activation,
    ReLU: relu,
    LeakyReLU: leakyRelu,
    ELU: elu,
    Softmax: softmaxLayer,
    BatchNormalization: batchNormalization,
    LayerNormalization: layerNormalization,
    Dropout: identity,
    SpatialDropout1D: identity,
    GaussianNoise: identity,
    GaussianDropout: identity,
    AlphaDropout: identity,

    MaxPooling1D: maxPool,
    MaxPooling2D: maxPool,
    AveragePooling1D: averagePool,
    AveragePooling2D: averagePool,
    GlobalAveragePooling1D: globalAveragePool,
    GlobalAveragePooling2D: globalAveragePool,
    GlobalMaxPooling1D: globalMaxPool,
    GlobalMaxPooling2D: globalMaxPool,

    Flatten: reshape,
    Reshape: reshape,
    Permute: permute,
    RepeatVector: repeatVector,
    ZeroPadding2D: zeroPadding,
    Cropping2D: cropping,

    Add: add,
    Subtract: subtract,
    Multiply: multiply,
    Maximum: maximum,
    Minimum: minimum,
    Average: average,
    Concatenate: concatenate,

    Embedding: embedding,
    QuantEmbedding: embedding,
    LSTM: recurrent,
    GRU: recurrent,
    SimpleRNN: recurrent,
    QuantLSTM: recurrent,
    QuantGRU: recurrent,
    QuantSimpleRNN: recurrent,
    Bidirectional: bidirectional,
    TimeDistributed: timeDistributed,
    QuantAttention: attention,
  }),
);
