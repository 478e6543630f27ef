import * as tf from '@tensorflow/tfjs-core';
import type { QuantizedLayer } from '@lowbit/quant-core';
import { partsOf, valuesOf, type Layer } from '../layer.js';

type Config = Record<string, unknown>;

/** What a quantized layer is without its quantizers. */
const STOCK_OF: Readonly<Record<string, string>> = {
  QuantConv1D: 'Conv1D',
  QuantConv2D: 'Conv2D',
  QuantConv3D: 'Conv3D',
  QuantConv2DTranspose: 'Conv2DTranspose',
  QuantDepthwiseConv2D: 'DepthwiseConv2D',
  QuantSeparableConv2D: 'SeparableConv2D',
  QuantFoldedConv2D: 'Conv2D',
  QuantDense: 'Dense',
  QuantEmbedding: 'Embedding',
  QuantLSTM: 'LSTM',
  QuantGRU: 'GRU',
  QuantSimpleRNN: 'SimpleRNN',
};

/** The classes of the layers that TensorFlow.js brings. */
export const STOCK_NAMES: ReadonlySet<string> = new Set(
  (
    'Activation Add AlphaDropout Average AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization Bidirectional CategoryEncoding CenterCrop ' +
    'Concatenate Conv1D Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM2D Cropping2D Dense DepthwiseConv2D Dot Dropout ELU Embedding Flatten GRU ' +
    'GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D LSTM LayerNormalization LeakyReLU ' +
    'Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum Multiply PReLU Permute RNN ReLU RepeatVector Rescaling Reshape Resizing ' +
    'SeparableConv2D SimpleRNN Softmax SpatialDropout1D ThresholdedReLU TimeDistributed UpSampling2D ZeroPadding2D'
  ).split(' '),
);

/** Options of a folded convolution that are of its batch normalization. */
const OF_NORM: ReadonlySet<string> = new Set(['momentum', 'epsilon', 'statistics']);

/** The class and options of a layer without its quantizers; it is named by its path. */
export function stockConfig(layer: Layer, path: string): [className: string, config: Config] {
  const given = layer.getConfig() as Config;
  const [className, config] = plain(layer.getClassName(), given);
  return [className, { ...config, name: path }];
}

function plain(className: string, given: Config): [string, Config] {
  const folded = className === 'QuantFoldedConv2D';
  const kept = Object.entries(given).filter(([key]) => !key.endsWith('Quantizer') && !(folded && OF_NORM.has(key)));
  const config: Config = { ...Object.fromEntries(kept), ...(folded && { useBias: true }) };
  const inner = config['layer'] as { className: string; config: Config } | undefined;
  if (inner) {
    const [innerName, innerConfig] = plain(inner.className, inner.config);
    config['layer'] = { className: innerName, config: innerConfig };
  }
  return [STOCK_OF[className] ?? className, config];
}

/** A stock layer from its class and options. */
export function stockLayer(className: string, config: Config): Layer {
  const [Class, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[className]!;
  return fromConfig(Class, config as tf.serialization.ConfigDict) as Layer;
}

/** The values of a layer's weights as its forward pass sees them, those of the quantizers left out; inside of `tf.tidy`. */
export function bakedWeights(layer: Layer): tf.Tensor[] {
  const {
    forwardLayer,
    backwardLayer,
    layer: wrapped,
    gamma,
    beta,
    movingMean,
    movingVariance,
    foldedKernel,
  } = partsOf(layer);
  if (forwardLayer) return [...bakedWeights(forwardLayer), ...bakedWeights(backwardLayer)];
  if (wrapped) return bakedWeights(wrapped);
  const quantized = (layer as Layer & Partial<QuantizedLayer>).quantizedWeights?.() ?? {};
  if (layer.getClassName() === 'QuantFoldedConv2D') {
    const { epsilon } = layer.getConfig() as unknown as { epsilon: number };
    const [factor, offset, mean, variance] = [gamma!, beta!, movingMean, movingVariance].map(
      valuesOf,
    ) as Float64Array[];
    const bias = offset!.map((each, i) => each - (factor![i]! * mean![i]!) / Math.sqrt(variance![i]! + epsilon));
    return [quantized['kernel'] ?? foldedKernel.read(), tf.tensor1d(Float32Array.from(bias))];
  }
  const states = new Set([...(partsOf(layer).slots ?? new Map()).values()].flatMap((slot) => slot.weights()));
  return layer.weights.flatMap((weight) => {
    const name = weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
    return states.has(name) ? [] : [quantized[name] ?? weight.read()];
  });
}

/** Whether activations are quantized where no layer can be put before them: inside of a wrapper. */
export function quantizesInside(layer: Layer): boolean {
  const { forwardLayer, backwardLayer, layer: wrapped } = partsOf(layer);
  return [forwardLayer, backwardLayer, wrapped].some((each) => {
    const slots = each && partsOf(each).slots;
    return slots !== undefined && (slots.has('quantizer') || slots.has('inputQuantizer'));
  });
}
